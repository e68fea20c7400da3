package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// This file is the twin of the formats: each is read in the most obvious way
// into names and values, of which encoding/json makes a JSON text. What the
// engine makes of a record must then be, read the same way, what it makes of
// that JSON text: whatever a policy means for JSON it means for the format.

// pair is a member: a nil value is null.
type pair struct {
	name  string
	value *string
}

// twinFormat reads one format.
type twinFormat struct {
	format Format
	// read returns the elements; nil for one that cannot be read. ok is false
	// for a record that cannot be taken apart.
	read func(rec string) (elements [][]pair, ok bool)
	// places: a member has its place, and one without a value is as good as none.
	places bool
	random func(r *rand.Rand) string
}

func str(s string) *string { return &s }

func twinLines(rec string, read func(line string) ([]pair, bool)) (out [][]pair, ok bool) {
	for _, line := range strings.Split(rec, "\n") {
		line = strings.Trim(line, " \t\r\n")
		if line == "" {
			continue
		}
		ps, ok := read(line)
		if !ok {
			ps = nil
		} else if ps == nil {
			ps = []pair{}
		}
		out = append(out, ps)
	}
	return out, len(out) > 0
}

var twinLogfmtPair = regexp.MustCompile(`^([^\x00-\x20="]+)(?:=("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|[^\x00-\x20"][^\x00-\x20]*)?)?(?:[ \t]+|$)`)

func readLogfmt(line string) (out []pair, ok bool) {
	for line != "" {
		m := twinLogfmtPair.FindStringSubmatch(line)
		if m == nil {
			return nil, false
		}
		p := pair{name: m[1]}
		switch {
		case m[2] == "":
		case m[2][0] == '"':
			var s string
			if json.Unmarshal([]byte(m[2]), &s) != nil {
				return nil, false
			}
			p.value = &s
		default:
			p.value = str(m[2])
		}
		out = append(out, p)
		line = line[len(m[0]):]
	}
	return out, true
}

// readCSV reads rows; what is behind a misplaced quote is one bad row.
func readCSV(rec string, columns []string) (out [][]pair, ok bool) {
	rows, rest := twinRows(rec)
	if columns == nil {
		if len(rows) == 0 || slices.ContainsFunc(rows[0], func(c *string) bool { return c == nil }) {
			return nil, false
		}
		for _, c := range rows[0] {
			columns = append(columns, *c)
		}
		rows = rows[1:]
		ok = true
	}
	for _, row := range rows {
		if len(row) != len(columns) {
			out = append(out, nil)
			continue
		}
		ps := []pair{}
		for i, c := range row {
			ps = append(ps, pair{columns[i], c})
		}
		out = append(out, ps)
	}
	if rest {
		out = append(out, nil)
	}
	return out, ok || len(out) > 0
}

// twinRows returns the rows of cells, nil for an empty one without quotes, and
// whether something unreadable follows.
func twinRows(rec string) (rows [][]*string, rest bool) {
	cell := regexp.MustCompile(`^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|[\r\n]+|$)`)
	rec = strings.TrimLeft(rec, "\r\n")
	for rec != "" {
		var row []*string
		for more := true; more; {
			m := cell.FindStringSubmatch(rec)
			if m == nil {
				return rows, true
			}
			quoted := strings.HasPrefix(rec, `"`)
			switch {
			case quoted:
				row = append(row, str(strings.ReplaceAll(m[1], `""`, `"`)))
			case m[2] == "":
				row = append(row, nil)
			default:
				row = append(row, str(m[2]))
			}
			rec = rec[len(m[0]):]
			more = m[3] == ","
		}
		rows = append(rows, row)
	}
	return rows, false
}

var twin5424 = regexp.MustCompile(`(?s)^<(\d{1,3})>1 ([^\x00-\x20]+) ([^\x00-\x20]+) ([^\x00-\x20]+) ([^\x00-\x20]+) ([^\x00-\x20]+) -(?: (?:\x{FEFF})?(.*))?$`)

var twin3164 = regexp.MustCompile(`(?s)^(?:<(\d{1,3})>)?([A-Za-z]{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-[^\x00-\x20]*|-) ([^\x00-\x20]+) (?:([^\x00-\x20:\[]+)(?:\[([\d-]+)\])?: ?)?(.*)$`)

func readBSD(rec string) ([][]pair, bool) {
	m := twin3164.FindStringSubmatch(rec)
	if m == nil || len(m[1]) == 3 && m[1] > "191" || strings.HasPrefix(rec, "<"+m[1]+">1 ") {
		return [][]pair{nil}, true
	}
	var out []pair
	for i, name := range []string{"pri", "timestamp", "hostname", "app-name", "procid", "msg"} {
		if m[i+1] == "" {
			continue
		}
		p := pair{name, str(m[i+1])}
		if name != "pri" && name != "msg" && *p.value == "-" {
			p.value = nil
		}
		out = append(out, p)
	}
	return [][]pair{out}, true
}

func readSyslog(rec string) ([][]pair, bool) {
	rec = strings.TrimRight(rec, "\r\n")
	m := twin5424.FindStringSubmatch(rec)
	if m == nil {
		return readBSD(rec)
	}
	if len(m[1]) == 3 && m[1] > "191" {
		return [][]pair{nil}, true
	}
	out := []pair{{"pri", str(m[1])}}
	for i, name := range []string{"timestamp", "hostname", "app-name", "procid", "msgid"} {
		p := pair{name, nil}
		if m[i+2] != "-" {
			p.value = str(m[i+2])
		}
		out = append(out, p)
	}
	if strings.HasSuffix(m[0], " -") && m[7] == "" && !strings.HasSuffix(m[0], "- ") {
		return [][]pair{out}, true // no message; an empty one is as good
	}
	return [][]pair{append(out, pair{"msg", str(m[7])})}, true
}

var twinRequest = regexp.MustCompile(`(?s)^((?:[^"\\]|\\.)*)" `)

func readAccess(line string) ([]pair, bool) {
	m := make([]string, 7)
	rest, ok := line, true
	for i, after := range []string{" - ", " [", "] \""} {
		if m[i+1], rest, ok = strings.Cut(rest, after); !ok {
			return nil, false
		}
	}
	request := twinRequest.FindStringSubmatch(rest)
	if request == nil {
		return nil, false
	}
	m[4] = request[1]
	if m[5], m[6], ok = strings.Cut(rest[len(request[0]):], " "); !ok {
		return nil, false
	}
	value := func(s string) *string {
		if s == "" || s == "-" {
			return nil
		}
		raw := s
		s = regexp.MustCompile(`\\(x[0-9a-fA-F]{2}|.)`).ReplaceAllStringFunc(s, func(e string) string {
			switch e[1] {
			case 'x':
				if len(e) == 4 {
					var b byte
					fmt.Sscanf(e[2:], "%02x", &b)
					return string([]byte{b})
				}
			case '"', '\\':
				return e[1:]
			case 'n', 't', 'r':
				return map[byte]string{'n': "\n", 't': "\t", 'r': "\r"}[e[1]]
			}
			return e
		})
		if !utf8.ValidString(s) {
			return &raw
		}
		return &s
	}
	out := []pair{{"remote_addr", value(m[1])}, {"remote_user", value(m[2])}, {"time_local", value(m[3])}}
	if parts := strings.Split(m[4], " "); len(parts) == 3 && parts[0] != "" && parts[1] != "" && (parts[2] == "-" || strings.HasPrefix(parts[2], "HTTP/")) {
		out = append(out, pair{"request_method", value(parts[0])}, pair{"url", value(parts[1])}, pair{"server_protocol", value(parts[2])})
	} else {
		out = append(out, pair{"request", value(m[4])})
	}
	return append(out, pair{"status", value(m[5])}, pair{"body_bytes_sent", value(m[6])}), true
}

func readPairs(rec, separator string, form bool) ([][]pair, bool) {
	decode := func(raw string) string {
		s := raw
		if form {
			s = strings.ReplaceAll(s, "+", " ")
		}
		for range maxPercent {
			s = regexp.MustCompile(`%[0-9a-fA-F]{2}`).ReplaceAllStringFunc(s, func(e string) string {
				out, _ := url.PathUnescape(e)
				return out
			})
		}
		if !utf8.ValidString(s) {
			return raw
		}
		return s
	}
	out := []pair{}
	for _, part := range strings.Split(rec, separator) {
		if !form {
			part = strings.TrimRight(strings.TrimLeftFunc(part, func(r rune) bool { return r <= ' ' }), " \t\r\n")
		}
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		p := pair{name: decode(name)}
		if value != "" {
			p.value = str(decode(value))
		}
		out = append(out, p)
	}
	return [][]pair{out}, true
}

// unpercented decodes as long as there is something to decode.
func unpercented(s string) string {
	for {
		out := strings.ReplaceAll(string(appendUnpercent(nil, []byte(s), true)), " ", "+")
		if out == s {
			return s
		}
		s = out
	}
}

var twinFormats = []twinFormat{
	{Format{Kind: FormatLogfmt}, func(rec string) ([][]pair, bool) { return twinLines(rec, readLogfmt) }, false, randomLogfmt},
	{Format{Kind: FormatCSV}, func(rec string) ([][]pair, bool) { return readCSV(rec, nil) }, false, randomCSV},
	{Format{Kind: FormatSyslog}, readSyslog, true, randomSyslog},
	{Format{Kind: FormatAccess, Pattern: PatternCommon}, func(rec string) ([][]pair, bool) { return twinLines(rec, readAccess) }, true, randomAccess},
	{Format{Kind: FormatForm}, func(rec string) ([][]pair, bool) { return readPairs(rec, "&", true) }, false, randomForm},
	{Format{Kind: FormatCookie}, func(rec string) ([][]pair, bool) { return readPairs(rec, ";", false) }, false, randomForm},
}

// twinImage is the JSON text of an element.
func twinImage(ps []pair) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(twinQuote(p.name) + ":")
		if p.value == nil {
			b.WriteString("null")
		} else {
			b.WriteString(twinQuote(*p.value))
		}
	}
	return b.String() + "}"
}

// twinPairs reads the JSON text that the engine made of an image.
func twinPairs(t testing.TB, text string) []pair {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	out := []pair{}
	for tok, err := dec.Token(); err == nil; tok, err = dec.Token() {
		if _, ok := tok.(json.Delim); ok {
			continue
		}
		p := pair{name: tok.(string)}
		switch v, _ := dec.Token(); v := v.(type) {
		case nil:
		case json.Delim: // {"raw":[]}: a transform of the random policies writes JSON
			for depth := 1; depth > 0; {
				switch d, _ := dec.Token(); d {
				case json.Delim('{'), json.Delim('['):
					depth++
				case json.Delim('}'), json.Delim(']'):
					depth--
				}
			}
			p.value = str(`{"raw":[]}`)
		default:
			p.value = str(fmt.Sprint(v))
		}
		out = append(out, p)
	}
	return out
}

// twinPriority is a priority that says something: what is none becomes 13.
var twinPriority = regexp.MustCompile(`^(?:[0-9]|1[0124-9]|[2-9][0-9]|1[0-8][0-9]|19[01])$`)

// same compares members, as far as the format can tell them.
func (f *twinFormat) same(a, b []pair) bool {
	norm := func(ps []pair) []pair {
		ps = slices.Clone(ps)
		for i := range ps {
			if v := ps[i].value; v != nil && (*v == "" && (f.format.Kind != FormatCSV || len(ps) == 1) && f.format.Kind != FormatLogfmt || f.places && *v == "-") {
				ps[i].value = nil // written, it is as good as nothing
			}
		}
		for i := range ps {
			if f.format.Kind == FormatForm || f.format.Kind == FormatCookie { // as often decoded as anybody may
				ps[i].name = unpercented(ps[i].name)
				if v := ps[i].value; v != nil {
					ps[i].value = str(unpercented(*v))
				}
			}
			if f.format.Kind == FormatSyslog && ps[i].value != nil && ps[i].name != "msg" {
				ps[i].value = str(regexp.MustCompile(`[\x00-\x20\x7f]`).ReplaceAllString(*ps[i].value, "_"))
			}
		}
		if f.places {
			ps = slices.DeleteFunc(ps, func(p pair) bool {
				return p.value == nil || p.name == "pri" && !twinPriority.MatchString(*p.value)
			})
		}
		return ps
	}
	if f.format.Kind == FormatAccess {
		// A protocol that became something else makes three parts one text.
		isRequest := func(p pair) bool { return p.name == "request" }
		if slices.ContainsFunc(a, isRequest) || slices.ContainsFunc(b, isRequest) {
			part := func(p pair) bool {
				return slices.Contains([]string{"request", "request_method", "url", "server_protocol"}, p.name)
			}
			a, b = slices.DeleteFunc(slices.Clone(a), part), slices.DeleteFunc(slices.Clone(b), part)
		}
	}
	return slices.EqualFunc(norm(a), norm(b), func(x, y pair) bool {
		return x.name == y.name && (x.value == nil) == (y.value == nil) && (x.value == nil || *x.value == *y.value)
	})
}

// formatRun compares one policy in one format with itself in JSON.
type formatRun struct {
	twinFormat
	spec       Spec
	flat, json *Machine
}

func newFormatRun(t testing.TB, f twinFormat, spec Spec) *formatRun {
	t.Helper()
	p, err := Compile(spec)
	if err != nil {
		return nil // a tie
	}
	m, err := p.NewMachineFor(f.format)
	if err != nil {
		t.Fatal(err)
	}
	return &formatRun{f, spec, m, p.NewMachine()}
}

func (x *formatRun) compare(t testing.TB, rec string) {
	t.Helper()
	elements, ok := x.read(rec)
	scanned := x.flat.Scan([]byte(rec))
	if !ok {
		if scanned.Outcome == Passed {
			t.Fatalf("%v %q: read, but not by the twin", x.format.Kind, rec)
		}
		return
	}
	for i := range x.spec.Profiles {
		var want [][]pair
		var bad Reason
		for _, e := range elements {
			v := Verdict{Quarantined, ReasonParse}
			var out []byte
			if e != nil {
				if v = x.json.Scan([]byte(twinImage(e))); v.Outcome == Passed {
					out, v = x.json.Render(nil, i)
				}
			}
			switch v.Outcome {
			case Passed:
				want = append(want, twinPairs(t, string(out)))
			case Quarantined:
				if bad == ReasonNone {
					bad = v.Reason
				}
			}
		}
		out, v := x.flat.Render([]byte("<"), i)
		passed := len(want) > 0 || len(elements) == 0
		if (v.Outcome == Passed) != passed && x.format.Kind != FormatCSV || v.Reason != bad && x.format.Kind != FormatCSV {
			t.Fatalf("%v %q for %d: %v, want %v %v\n%+v", x.format.Kind, rec, i, v, passed, bad, x.spec)
		}
		if v.Outcome != Passed {
			if string(out) != "<" {
				t.Fatalf("%q left %q", rec, out)
			}
			continue
		}
		x.compareOutput(t, rec, string(out[1:]), want, i)
	}
}

func (x *formatRun) compareOutput(t testing.TB, rec, out string, want [][]pair, i int) {
	t.Helper()
	if x.format.Kind == FormatSyslog && !twin5424.MatchString(rec) && len(want) == 1 {
		// What RFC 3164 tells by its form is told no more when it became something else.
		was, _ := x.read(rec)
		for _, p := range want[0] {
			if p.value != nil && p.name != "pri" && !slices.ContainsFunc(was[0], func(o pair) bool {
				return o.name == p.name && o.value != nil && *o.value == *p.value
			}) {
				return
			}
		}
	}
	// An element of which nothing is left is an empty line: nothing to read.
	kept := slices.DeleteFunc(slices.Clone(want), func(ps []pair) bool { return len(ps) == 0 && !x.places })
	got, _ := x.read(out)
	got = slices.DeleteFunc(got, func(ps []pair) bool { return ps != nil && len(ps) == 0 })
	if !slices.EqualFunc(got, kept, x.same) {
		t.Fatalf("%v %q for %d\n got %q: %s\nwant %s\n%+v", x.format.Kind, rec, i, out, show(got), show(want), x.spec)
	}
}

func show(elements [][]pair) string {
	var b bytes.Buffer
	for _, e := range elements {
		if e == nil {
			b.WriteString("(bad)\n")
			continue
		}
		b.WriteString(twinImage(e) + "\n")
	}
	return b.String()
}

func TestFormatTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	policies := 150
	if testing.Short() {
		policies = 30
	}
	for _, f := range twinFormats {
		for range policies {
			x := newFormatRun(t, f, formatPolicy(r))
			if x == nil {
				continue
			}
			for range 30 {
				rec := f.random(r)
				if utf8.ValidString(rec) {
					x.compare(t, rec)
				}
				if rec = string(mutate(r, []byte(rec))); utf8.ValidString(rec) {
					x.compare(t, rec)
				}
			}
		}
	}
}

// FuzzFormats lets the fuzzer choose the policy, the format and the record.
func FuzzFormats(f *testing.F) {
	r := rand.New(rand.NewPCG(10, 11))
	for n := range uint64(60) {
		f.Add(n, []byte(twinFormats[n%uint64(len(twinFormats))].random(r)))
	}
	runs := map[uint64]*formatRun{}
	f.Fuzz(func(t *testing.T, seed uint64, rec []byte) {
		seed %= 256
		x, known := runs[seed]
		if !known {
			x = newFormatRun(t, twinFormats[seed%uint64(len(twinFormats))], formatPolicy(rand.New(rand.NewPCG(seed, 12))))
			runs[seed] = x
		}
		if x != nil && len(rec) < 1<<13 && utf8.Valid(rec) {
			x.compare(t, string(rec))
		}
	})
}
