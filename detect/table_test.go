package detect

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/detectors.md")

const (
	tablePath = "../docs/detectors.md"
	perKind   = 2000 // samples of each detector, labelled and free; plain lines are ten times as many
)

// count is a result over samples, and which writings were missed.
type count struct {
	of, found int
	missed    map[string]int
}

func (c count) rate() float64 { return float64(c.found) / float64(c.of) }

// recall finds planted identifiers: one is found when every byte of it is in a span.
func recall(t *testing.T, s *Scanner, d Detector, labelled bool) count {
	r := rand.New(rand.NewPCG(uint64(d), 7))
	c := count{of: perKind, missed: map[string]int{}}
	for range perKind {
		x := newSample(r, d, labelled)
		at := x.start
		for _, f := range s.Find(nil, []byte(x.text)) {
			if int(f.Start) <= at && at < int(f.End) {
				at = int(f.End)
			}
		}
		if at >= x.end {
			c.found++
			continue
		}
		if c.missed[x.variant]++; c.missed[x.variant] <= 2 && testing.Verbose() {
			t.Logf("%v, labelled %v, %s: %q", d, labelled, x.variant, x.text)
		}
	}
	return c
}

// falseFinds counts the plain lines in which each detector, and any, finds something.
func falseFinds(t *testing.T, s *Scanner) (lines, wrong int, by [numDetectors]int) {
	r := rand.New(rand.NewPCG(11, 12))
	for lines = range 10 * perKind {
		line := plainLine(r)
		spans := s.Find(nil, []byte(line))
		for _, f := range spans {
			if by[f.Detector]++; by[f.Detector] <= 2 && testing.Verbose() {
				t.Logf("false %v: %q", f.Detector, line)
			}
		}
		if len(spans) > 0 {
			wrong++
		}
	}
	return lines + 1, wrong, by
}

// wilson is the lower bound of a rate, 95 of 100 times (Wilson 1927).
func wilson(found, of int) float64 {
	const z = 1.96
	n, p := float64(of), float64(found)/float64(of)
	return (p + z*z/(2*n) - z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))) / (1 + z*z/n)
}

// mustRecall are the detectors that free text is promised for.
var mustRecall = SetOf(DetectIMEI, DetectMAC, DetectIPv4, DetectIPv6, DetectEmail, DetectPhone, DetectIDCard, DetectBankCard)

// TestDetectorTable holds the promises and keeps the table of the documentation current:
//
//	go test ./detect -run TestDetectorTable -update
func TestDetectorTable(t *testing.T) {
	s := newScanner(t, AllDetectors)
	lines, wrong, by := falseFinds(t, s)
	var b strings.Builder
	b.WriteString(tableHead)
	fmt.Fprintf(&b, "Of %d lines without identifiers %d had a find: %.2f %% were left alone.\n\n", lines, wrong, 100*(1-float64(wrong)/float64(lines)))
	b.WriteString("| detector | behind a label | in free text | at least (95 %) | false finds | missed in free text |\n|---|---|---|---|---|---|\n")
	for d := range Detector(numDetectors) {
		keyed := recall(t, s, d, true)
		if keyed.rate() < 1 {
			t.Errorf("%v behind a label: %d of %d, missed %v", d, keyed.found, keyed.of, keyed.missed)
		}
		free, least, missed := "needs a label", "–", "by design"
		if !needsLabel.Has(d) {
			c := recall(t, s, d, false)
			if mustRecall.Has(d) && c.rate() < 0.995 {
				t.Errorf("%v in free text: %d of %d, missed %v", d, c.found, c.of, c.missed)
			}
			free, least, missed = percentOf(c.rate()), percentOf(wilson(c.found, c.of)), spellMissed(c)
		}
		fmt.Fprintf(&b, "| %v | %s | %s | %s | %d | %s |\n", d, percentOf(keyed.rate()), free, least, by[d], missed)
	}
	if rate := 1 - float64(wrong)/float64(lines); rate < 0.99 {
		t.Errorf("%d of %d plain lines have a find: %v", wrong, lines, by)
	}
	b.WriteString(tableLimits)
	if *update {
		if err := os.WriteFile(tablePath, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(tablePath)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("docs/detectors.md is not what the detectors do: run this test with -update")
	}
}

func percentOf(rate float64) string { return fmt.Sprintf("%.2f %%", 100*rate) }

func spellMissed(c count) string {
	if len(c.missed) == 0 {
		return "–"
	}
	var all []string
	for variant, n := range c.missed {
		all = append(all, fmt.Sprintf("%s: %d", variant, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

const tableHead = `# Detectors

What ` + "`scrub`" + ` finds in text, measured on made-up lines: English, Chinese and Spanish words around, glued to letters, low
lines and Chinese characters, in groups, in either case, with percent and \u escapes, in full width. This page is written by
` + "`go test ./detect -run TestDetectorTable -update`" + `, and the same test fails when it is out of date or a promise is broken:
all that is behind a label, at least 99.5 % in free text of IMEI, MAC, IPv4, IPv6, e-mail, phone, Chinese ID and bank card,
and at least 99 % of plain log lines left alone. An identifier counts as found when no byte of it stays.

The lines are ours, and detectors are built against what their builders think of: run them on your own logs before you
rely on them. A field with a name is better told by the catalog than by what its values look like.

`

const tableLimits = `
## Limits

* IMEI with 15 digits, bank cards, ICCID and ID cards have check digits; a value with a wrong one is not found in text. Under
  the name of a field of the catalog it is redacted all the same.
* IMEI with 14 or 16 digits, IMSI, MEID, Android ID, a MAC without separators and the old ID card of 15 digits look like any
  other number: a word that names them must stand before, in the same clause, at most 40 bytes away.
* Names and postal addresses are found only behind a label with a colon or equals sign, up to the end of the clause.
* Chinese mobile numbers are eleven digits that any counter may have; those that begin like one are found, unless a word beside
  them says that they count something (bytes, rows, 次) or they are 2^34, the memory of many a device.
* A UUID behind a word for something else (request, trace, instance) or in the braces of a class id is none.
* Three decimals in a row are what a sensor measured; two, or four, are coordinates.
* Phone numbers of other countries need their plus, or a label.
* IPv4 addresses and four-part versions have one form: behind a word such as version or build, before the suffix of an
  archive, or with leading zeros it is a version, else an address. Octal, hexadecimal and one-number forms are not found.
* An IPv6 address without any decimal digit is taken for names of code (dead::beef).
* E-mail addresses in other than ASCII letters are found from their last ASCII part on.
* What else looks like one, as TestForeignText shows it in manuals, changelogs and source code: numbers of sections in four
  parts and versions in prose ("fixed in 1.5.4.1"); about one in a hundred random numbers of 16 to 19 digits, which has the
  first digits and the check digit of a card; pairs of decimals that draw or add up; UUIDs that name anything but a device;
  source code behind a label (password = getpass()), since a password may look like anything. Names of maintainers' mailboxes are finds.
* Two decimals both below 1 are weights or scores, no place, but behind a label.
* Base64, hexadecimal and compressed text is not looked into. Of nested percent escapes three layers are.
* Addresses in names of hosts, with dashes (220-135-151-1.example.net), are not found.
* An identifier in two fields, or with words between its digits, is not found.
`
