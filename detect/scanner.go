package detect

import (
	"math/bits"
	"slices"
	"strings"
)

// This file and its neighbors are structured as follows. Find cuts the text
// into windows (window.go), each a few bitmaps of byte classes. anchors turns
// bitmaps into candidates by shifts and ands: eleven digits in a row, four
// dashes five apart, three dots between digits. That is all that is done for
// text without identifiers. At a candidate the verifier of its family reads the
// bytes; each detector has its file, find_*.go, and each verifier one contract:
//
//	given text and the place of a candidate it appends the spans that it is sure of and says where
//	its family goes on; it looks back a bounded distance and forward no further than it consumes.
//
// So the work is linear in the text, whatever the text is. Last the spans are
// sorted, and those that overlap become one (merge).
//
// Where the text holds escapes (%3A, \u0031, full-width digits) it is scanned a
// second time as it reads (unescape.go), and the spans are those of both.

// A Span is a part of a text, from Start to before End, and what it is. The
// union of overlapping finds has the detector of the longest.
type Span struct {
	Start, End int32
	Detector   Detector
}

// Config says what a Scanner looks for.
type Config struct {
	Set    Set
	Custom []CustomPattern // found as DetectCustom, DetectCustom+1, …; at most MaxCustom

	// Allow lists values that are no finds: the address of the help desk. A find
	// is spared when all of it is one of them, in any case of its letters.
	Allow []string

	// JSON says that the text is a JSON value: what is behind the colon of a
	// member is not announced by the member's name as a name, an address or a
	// password, since the catalog knows what names mean. Words in strings
	// announce as ever.
	JSON bool

	Portable bool // leave the vector instructions of the machine unused, to compare
}

// A Scanner finds identifiers in text. It is the scratch of one worker: not for
// concurrent use, Clone it.
type Scanner struct {
	set      Set
	table    *classTable
	enabled  [numFamilies]uint64 // all ones where a family's anchors count
	custom   []custom
	hasExtra bool // a family of words or labels is enabled
	portable bool
	json     bool
	allow    []string

	text    []byte
	spans   []Span
	after   [numFamilies]int // each family has judged the text before this
	second  bool             // this is the second time
	escapes []stretch        // where escapes were seen
	groups  []group
	number  number
	decoded decoded
	w       [windows]window
	blocks  *candidateBlocks
}

// family is the detectors that share candidates and a verifier.
type family uint8

const (
	familyNumber  family = iota // digits, with separators: IMEI, cards, phones, …
	familyPlus                  // + and digits
	familyHex                   // long runs of hex digits, with a letter
	familyDashed                // four dashes five apart: UUID
	familyOctets                // five separators three apart: MAC
	familyCisco                 // three groups of four behind dots: MAC
	familyColon                 // IPv6
	familyQuad                  // IPv4
	familyDegrees               // decimals: coordinates
	familyAt                    // e-mail, credentials in URLs
	familyToken                 // long words with digits: JWT, API keys
	familyArmor                 // five dashes: private keys
	familyLabel                 // what a label announces: names, addresses, passwords
	numFamilies
)

var families = [numFamilies]Set{
	familyNumber:  SetOf(DetectIMEI, DetectIMEISV, DetectIMSI, DetectICCID, DetectMEID, DetectMAC, DetectPhone, DetectIDCard, DetectBankCard, DetectIBAN, DetectSSN, DetectUUID, DetectAndroidID),
	familyPlus:    SetOf(DetectPhone),
	familyHex:     SetOf(DetectMAC, DetectMEID, DetectUUID, DetectAndroidID, DetectICCID),
	familyDashed:  SetOf(DetectUUID),
	familyOctets:  SetOf(DetectMAC),
	familyCisco:   SetOf(DetectMAC),
	familyColon:   SetOf(DetectIPv6),
	familyQuad:    SetOf(DetectIPv4),
	familyDegrees: SetOf(DetectCoordinates),
	familyAt:      SetOf(DetectEmail, DetectCredentials),
	familyToken:   SetOf(DetectJWT, DetectAPIKey),
	familyArmor:   SetOf(DetectPrivateKey),
	familyLabel:   SetOf(DetectName, DetectAddress, DetectCredentials, DetectAPIKey),
}

// NewScanner makes a Scanner. Errors are those of the patterns, which are the
// policy's: they may be shown.
func NewScanner(cfg Config) (*Scanner, error) {
	s := &Scanner{set: cfg.Set & AllDetectors, portable: cfg.Portable, json: cfg.JSON}
	for _, a := range cfg.Allow {
		s.allow = append(s.allow, strings.ToLower(a))
	}
	for f := range families {
		if s.set&families[f] != 0 {
			s.enabled[f] = ^uint64(0)
		}
	}
	signs := ""
	if s.enabled[familyOctets] != 0 {
		signs += "_"
	}
	if s.enabled[familyLabel] != 0 {
		signs += "="
	}
	if s.json {
		signs += `"`
	}
	s.table = newClassTable("@+"+escapeStarts, signs)
	s.hasExtra = s.enabled[familyToken]|s.enabled[familyArmor]|s.enabled[familyLabel] != 0
	var err error
	s.custom, err = compileCustom(cfg.Custom)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Clone returns a Scanner of the same configuration for another worker.
func (s *Scanner) Clone() *Scanner {
	return &Scanner{set: s.set, table: s.table, enabled: s.enabled, custom: s.custom, hasExtra: s.hasExtra, portable: s.portable, json: s.json, allow: s.allow}
}

// Release gives back scratch of more than n bytes.
func (s *Scanner) Release(n int) {
	if cap(s.decoded.text) > n {
		s.decoded = decoded{}
	}
	if cap(s.escapes) > n/8 {
		s.escapes = nil
	}
}

// Find appends the identifiers of text to spans, in order, none overlapping
// another. It keeps nothing of the text. It does not allocate once its scratch
// and spans have grown, but for a match of a custom pattern, which package
// regexp allocates.
func (s *Scanner) Find(spans []Span, text []byte) []Span {
	if len(text) < shortest && len(s.custom) == 0 && isHarmless(text) {
		return spans
	}
	return s.find(spans, text)
}

func (s *Scanner) find(spans []Span, text []byte) []Span {
	base := len(spans)
	s.spans, s.escapes, s.second = spans, s.escapes[:0], false
	s.scan(text)
	if len(s.escapes) > 0 {
		s.findDecoded(text)
	}
	spans, s.spans, s.text = merge(s.spans, base), nil, nil
	if len(s.allow) > 0 {
		spans = s.spare(spans, base, text)
	}
	return spans
}

// shortest is how long what has to be hex or a token is; see isHarmless.
const shortest = 12

// isHarmless reports, of a text shorter than that, that no detector finds anything
// in it: keys and headers of records are often such. Whatever is as short has
// seven digits, or a sign that is neither letter, space nor single dash.
func isHarmless(text []byte) bool {
	digits, dashes := 0, 0
	for _, c := range text {
		switch {
		case isDigit(c):
			digits++
		case c == '-':
			dashes++
		case !isLetter(c) && c != ' ':
			return false
		}
	}
	return digits < 7 && dashes < 5
}

// spare takes out of spans[base:] what is allowed.
func (s *Scanner) spare(spans []Span, base int, text []byte) []Span {
	kept := spans[:base]
	for _, f := range spans[base:] {
		if !slices.ContainsFunc(s.allow, func(a string) bool { return equalFold(text[f.Start:f.End], a) }) {
			kept = append(kept, f)
		}
	}
	return kept
}

// scan appends what all detectors find, unsorted.
func (s *Scanner) scan(text []byte) {
	s.text = text
	clear(s.after[:]) // an assignment makes the zeros elsewhere and copies them, with a stall
	if !s.scanVector(text) {
		s.scanPortable(text)
	}
	if len(s.custom) > 0 {
		s.findCustom(text)
	}
}

// scanPortable is scan for what built-in detectors find, window by window.
func (s *Scanner) scanPortable(text []byte) {
	for o := 0; o < len(text); {
		n := classify(s.table, &s.w, text[o:])
		for i := range s.w[:n-1] {
			s.anchors(&s.w[i], o, validStarts)
			o += windowStep
		}
		if len(text)-o <= 64 {
			s.anchors(&s.w[n-1], o, ^uint64(0))
			break
		}
		s.anchors(&s.w[n-1], o, validStarts)
		o += windowStep
	}
}

// merge sorts spans[base:] and makes overlapping ones one.
func merge(spans []Span, base int) []Span {
	found := spans[base:]
	if len(found) < 2 {
		return spans
	}
	if !slices.IsSortedFunc(found, compareSpans) {
		slices.SortFunc(found, compareSpans)
	}
	last, longest := 0, found[0].End-found[0].Start
	for _, f := range found[1:] {
		m := &found[last]
		if f.Start >= m.End {
			last++
			found[last], longest = f, f.End-f.Start
			continue
		}
		if n := f.End - f.Start; n > longest {
			m.Detector, longest = f.Detector, n
		}
		m.End = max(m.End, f.End)
	}
	return spans[:base+last+1]
}

func compareSpans(a, b Span) int {
	if a.Start != b.Start {
		return int(a.Start) - int(b.Start)
	}
	if a.End != b.End {
		return int(b.End) - int(a.End)
	}
	return int(a.Detector) - int(b.Detector)
}

// add appends a span.
func (s *Scanner) add(start, end int, d Detector) {
	s.spans = append(s.spans, Span{int32(start), int32(end), d})
}

// validStarts are the bytes of a window that candidates may start at: all that
// the next window does not begin with. In the last window that is every byte.
const validStarts = 1<<windowStep - 1

// labelReach is how many bytes before a sign tell whether a label may end there:
// signs are judged in the window that has those, so from that byte of it on. The
// first bytes of a text have no label before them.
const labelReach = 2

// anchors finds the candidates that start at the valid bytes of the window at
// text[o:] and hands them to the verifiers. x>>k has the bit of a
// byte where the byte k places before it stands. What lies before the window is
// not seen: no candidate is lost for it, because each is known by what follows
// its first byte. candidates_amd64.s does the same for eight windows at once.
func (s *Scanner) anchors(w *window, o int, valid uint64) {
	d, x, l, c, h, p, z, r := w[bitDigit], w[bitHex], w[bitWord], w[bitColon], w[bitDash], w[bitDot], w[bitSep], w[bitRare]
	g, q, u, e := d|x, l&z, l&r, z&r
	l, z, r = l&^(z|r), z&^(l|r), r&^(l|z)
	var signs uint64
	if r &= valid; r != 0 {
		signs = s.rare(r, o)
	}

	// Digits with one or two separators between them: eleven bytes of that, or nine digits.
	d2 := d & (d >> 1)
	d4 := d2 & (d2 >> 2)
	d8 := d4 & (d4 >> 4)
	sep := h | p | z
	inner := sep & (d << 1)
	pair := inner & (sep >> 1) & (d >> 2)
	n := d | inner&(d>>1) | pair | pair<<1
	n2 := n & (n >> 1)
	n4 := n2 & (n2 >> 2)
	n8 := n4 & (n4 >> 4)
	number := d & (n8&(n8>>3) | d8&(d>>8)) & s.enabled[familyNumber]

	// Twelve hex digits with a letter among them.
	g2 := g & (g >> 1)
	g4 := g2 & (g2 >> 2)
	g8 := g4 & (g4 >> 4)
	hex := g8 & (g4 >> 8) & s.enabled[familyHex]
	if hex != 0 {
		x2 := x | x>>1
		x4 := x2 | x2>>2
		hex &= x4 | x4>>4 | x4>>8
	}

	// Two colons between hex digits, four dashes, two dots five apart, two underscores three apart or two colons side by side: most windows have none.
	var dashed, octets, cisco, colon uint64
	cg, h4 := g&(c>>1)&(g>>2), h&(h-1)
	h4 &= h4 - 1
	if p5, cc := p&(p>>5), c&(c>>1); cg&(cg-1)|h4&(h4-1)|p5|cc|u&(u>>3) != 0 {
		h5 := h & (h >> 5)
		dashed = h5 & (h5 >> 10) & s.enabled[familyDashed]
		m := (c | h | u) & (g >> 1) & (g >> 2)
		m2 := m & (m >> 3)
		octets = m2 & (m2 >> 6) & (m >> 12) & s.enabled[familyOctets]
		cisco = p5 & (g4 >> 1) & (g4 >> 6) & s.enabled[familyCisco]
		// A colon between hex digits, two more such within the reach of a group; or two colons.
		cg2 := cg & (cg>>2 | cg>>3 | cg>>4 | cg>>5)
		colon = (cg&(cg2>>2|cg2>>3|cg2>>4|cg2>>5) | cc) & s.enabled[familyColon]
	}

	// A digit, a dot, a digit.
	var quad, degrees uint64
	if dd := d & (p >> 1) & (d >> 2); dd != 0 {
		// The next two dots two to four bytes on.
		dd2 := dd & (dd>>2 | dd>>3 | dd>>4)
		quad = dd2 & (dd2>>2 | dd2>>3 | dd2>>4) & s.enabled[familyQuad]
		// Three digits behind the dot, and it is no clock's.
		degrees = dd & (d2 >> 3) &^ (c << 2 & (c << 5)) & s.enabled[familyDegrees]
	}

	if a := (number | hex | dashed | octets | cisco | colon | quad | degrees) & valid; a != 0 {
		s.numbers(number&valid, d, o)
		s.verify(familyHex, hex&valid, o, (*Scanner).findHex)
		s.verify(familyDashed, dashed&valid, o, (*Scanner).findDashed)
		s.verify(familyOctets, octets&valid, o, (*Scanner).findOctets)
		s.verify(familyCisco, cisco&valid, o, (*Scanner).findCisco)
		s.verify(familyColon, colon&valid, o, (*Scanner).findIPv6)
		s.verify(familyQuad, quad&valid, o, (*Scanner).findIPv4)
		s.verify(familyDegrees, degrees&valid, o, (*Scanner).findCoordinates)
	}
	if s.hasExtra {
		a := g | l
		a2 := a & (a >> 1)
		a4 := a2 & (a2 >> 2)
		a8 := a4 & (a4 >> 4)
		e2 := d | d>>1
		e4 := e2 | e2>>2
		e8 := e4 | e4>>4
		s.verify(familyToken, a8&(a8>>8)&(e8|e8>>8)&s.enabled[familyToken]&valid, o, (*Scanner).findToken)
		h2 := h & (h >> 1)
		s.verify(familyArmor, h2&(h2>>2)&(h>>4)&s.enabled[familyArmor]&valid, o, (*Scanner).findArmor)
		// A colon that no clock has, or an equals sign, and not behind one quote, as behind the name of a member.
		label := (e | c&^(d<<1&(d>>1))) &^ ((q &^ (q << 1)) << 1) & (valid << labelReach)
		s.labels((signs|label)&s.enabled[familyLabel], o)
	}
}

// verify calls find at the candidates of a family that it has not judged yet.
func (s *Scanner) verify(f family, anchors uint64, o int, find func(*Scanner, int) int) {
	if judged := s.after[f] - o; judged > 0 {
		anchors &= ^uint64(0) << judged
	}
	for anchors != 0 {
		s.after[f] = find(s, o+bits.TrailingZeros64(anchors))
		anchors &= ^uint64(0) << (s.after[f] - o)
	}
}

// labels is verify for the signs that a label may end in. In a JSON text those of
// members are none: two quotes mark the members of JSON that is in a string, see
// Config.JSON. The bitmaps know them but for the full-width colon.
func (s *Scanner) labels(anchors uint64, o int) {
	for ; anchors != 0; anchors &= anchors - 1 {
		p := o + bits.TrailingZeros64(anchors)
		if s.json && p > 1 && s.text[p-1] == '"' && s.text[p-2] != '"' {
			continue
		}
		if p >= s.after[familyLabel] {
			s.after[familyLabel] = s.findLabel(p)
		}
	}
}

// rare looks at the bytes that are candidates by themselves, and returns those
// that a label may end in.
func (s *Scanner) rare(r uint64, o int) (signs uint64) {
	for ; r != 0; r &= r - 1 {
		p := o + bits.TrailingZeros64(r)
		switch s.text[p] {
		case '@':
			if s.enabled[familyAt] != 0 && p >= s.after[familyAt] {
				s.after[familyAt] = s.findAt(p)
			}
		case '+':
			if s.enabled[familyPlus] != 0 && p >= s.after[familyPlus] {
				s.after[familyPlus] = s.findPlus(p)
			}
		default:
			if isWideColon(s.text[p:]) {
				signs |= r & -r
			}
			if !s.second {
				s.escapeAt(p)
			}
		}
	}
	return signs
}
