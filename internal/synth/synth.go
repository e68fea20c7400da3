// Package synth makes up device and usage logs: what phones and apps send, with
// every identifier that the built-in catalog knows, about people who do not
// exist.
//
// It stands on two words. A Gen is a stream of records from one seed, the same
// on every machine and in every release (a golden test holds it to that). A
// planted value is a raw identifier that stands in a record, so that a test can
// prove that it stands in no output.
//
// All of it is invented: radio ids and cards carry right check digits over
// random digits, hardware addresses are locally administered, IP addresses come
// from blocks that no public host has (RFC 2544, 3849, 5737, 6598), mail goes to
// example.com and its sisters (RFC 2606).
//
// There is no schema language and no plug-in: three schemas and a text line,
// written out.
package synth

import "strconv"

// Kind is a shape of record.
type Kind uint8

const (
	Flat      Kind = iota // one flat object from a device, about 430 bytes, no white space
	Nested                // a usage event with objects, arrays, URLs and crash texts, about 1.3 kB
	Wide                  // two sections of rarer names, about 1.4 kB; over many records every name there is
	Text                  // one line of a text log, no newline
	Tombstone             // a null value: nothing is appended, Null reports true
	Mixed                 // ten Flat to six Nested to four Wide, and tombstones as Options.Tombstones says
)

// Options shape a Gen. The zero value of each field stands for its default.
type Options struct {
	Seed       uint64
	Subjects   int   // people with one device each; default 10,000
	Orders     int   // 1–4 orders of members per schema, as firmware versions have them; default 4
	Start      int64 // time of the first record, Unix milliseconds; default 2026-11-21T00:00:00Z
	Tombstones int   // one in so many records of Mixed is a tombstone; default none
	Track      bool  // keep what is planted, for Planted
}

const (
	defaultSubjects = 10_000
	defaultStart    = 1795219200_000
	maxStep         = 40 // ms between two records at most
)

// Gen is a stream of records. It is for one goroutine.
type Gen struct {
	opts Options
	rnd  rng
	seq  uint64
	now  int64

	// The record being written.
	b       []byte
	who     person
	null    bool
	space   spacing
	ascii   bool   // text outside ASCII is spelled \uXXXX
	escapes bool   // some plain letters are spelled \u00XX, in names and in values
	event   string // of a nested record
	tmp     []byte // one value

	planted []Planted
	raw     []byte // what planted points into
}

// Planted is one raw identifier of a record.
type Planted struct {
	Name  string // what it is: "imei", "phone" …
	Value []byte // decoded text
}

// spacing is the white space of one record: devices differ, and a scanner must not care.
type spacing uint8

const (
	compact spacing = iota
	spaced          // a blank after each comma and colon
	pretty          // a line per member, indented by a tab, CR LF
)

// New returns a Gen with the defaults of Options.
func New(seed uint64) *Gen { return NewWith(Options{Seed: seed}) }

// NewWith returns a Gen. Two with equal options give equal records.
func NewWith(o Options) *Gen {
	if o.Subjects <= 0 {
		o.Subjects = defaultSubjects
	}
	if o.Orders <= 0 || o.Orders > orders {
		o.Orders = orders
	}
	if o.Start == 0 {
		o.Start = defaultStart
	}
	return &Gen{opts: o, rnd: rng{mix(o.Seed)}, now: o.Start}
}

// Append appends the next record to dst. It allocates nothing once dst and the
// Gen's own buffers have grown.
func (g *Gen) Append(dst []byte, kind Kind) []byte {
	g.seq++
	g.now += int64(g.rnd.n(maxStep))
	g.b, g.null, g.space, g.ascii, g.escapes = dst, false, compact, false, false
	g.raw, g.planted = g.raw[:0], g.planted[:0]
	g.who = g.person(g.rnd.n(g.opts.Subjects))
	g.tmp = appendUserID(g.tmp[:0], g.who.num)
	g.plant("user-id", g.tmp)
	if kind == Mixed {
		kind = g.pickKind()
	}
	switch kind {
	case Flat:
		g.flat()
	case Nested:
		g.vary()
		g.nested()
	case Wide:
		g.vary()
		g.wide()
	case Text:
		g.textLine()
	default:
		g.null = true
	}
	out := g.b
	g.b = nil
	return out
}

func (g *Gen) pickKind() Kind {
	if g.opts.Tombstones > 0 && g.rnd.n(g.opts.Tombstones) == 0 {
		return Tombstone
	}
	switch n := g.rnd.n(20); {
	case n < 10:
		return Flat
	case n < 16:
		return Nested
	}
	return Wide
}

// vary decides how the record is spelled: most are compact UTF-8, as real ones are.
func (g *Gen) vary() {
	switch g.rnd.n(16) {
	case 0:
		g.space = spaced
	case 1:
		g.space = pretty
	case 2:
		g.ascii = true
	case 3:
		g.escapes = true
	}
}

// Null reports whether the last record is a tombstone.
func (g *Gen) Null() bool { return g.null }

// Seq returns the number of the last record, from 1. JSON records carry it as
// the member `seq`, text lines as `seq=`.
func (g *Gen) Seq() uint64 { return g.seq }

// Time returns the time of the last record in Unix milliseconds.
func (g *Gen) Time() int64 { return g.now }

// AppendKey appends the key that the last record has in Kafka: the id of its
// user, as `user_id` has it.
func (g *Gen) AppendKey(dst []byte) []byte { return appendUserID(dst, g.who.num) }

// Planted returns the raw identifiers of the last record, its key included,
// when Options.Track is set. Values too short to be told from other digits (a
// card's check code, a year) are left out. Valid until the next Append.
func (g *Gen) Planted() []Planted { return g.planted }

// Limits of plant: a value below them turns up by chance, in a time or a counter.
const (
	minPlanted       = 6
	minPlantedDigits = 9
)

func (g *Gen) plant(name string, value []byte) {
	if !g.opts.Track || len(value) < minPlanted || len(value) < minPlantedDigits && allDigits(value) {
		return
	}
	start := len(g.raw)
	g.raw = append(g.raw, value...) // a growth leaves older values in the old array, which stays as it is
	g.planted = append(g.planted, Planted{name, g.raw[start:len(g.raw):len(g.raw)]})
}

func allDigits(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// field is a member of a schema: its name and what writes its value.
type field struct {
	name  string
	write func(*Gen)
}

// orders is how many orders of members every schema has.
const orders = 4

// at returns the index of the i-th of n members in the record's order.
func at(order, i, n int) int {
	switch order {
	case 1:
		return n - 1 - i
	case 2:
		return (i + n/2) % n
	case 3:
		return (i + n/4) % n
	}
	return i
}

// members writes the fields in the given order, without braces.
func (g *Gen) members(fields []field, order int) {
	for i := range fields {
		f := &fields[at(order, i, len(fields))]
		g.name(f.name)
		f.write(g)
	}
}

func (g *Gen) flat() {
	g.open('{')
	g.members(flatFields, g.rnd.n(g.opts.Orders))
	if g.who.minor() {
		g.name("child_mode")
		g.lit("true")
	}
	g.close('}')
}

var flatFields = []field{
	{"seq", (*Gen).sequence}, {"ts", (*Gen).millis}, {"package", (*Gen).appID}, {"ver", (*Gen).appVersion},
	{"channel", (*Gen).channel}, {"user_id", (*Gen).userID}, {"imei", (*Gen).imei}, {"imsi", (*Gen).imsi},
	{"android_id", (*Gen).androidID}, {"mac", (*Gen).mac}, {"ip", (*Gen).ip}, {"ssid", (*Gen).ssid},
	{"lat", (*Gen).lat}, {"lon", (*Gen).lon}, {"model", (*Gen).model}, {"os_version", (*Gen).osVersion},
	{"network_type", (*Gen).networkType}, {"operator", (*Gen).operator}, {"battery", (*Gen).battery}, {"event", (*Gen).eventName},
}

func (g *Gen) sequence() { g.b = strconv.AppendUint(g.b, g.seq, 10) }
func (g *Gen) millis()   { g.b = strconv.AppendInt(g.b, g.now, 10) }
