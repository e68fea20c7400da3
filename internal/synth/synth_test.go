package synth

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"redactor/internal/race"
)

var jsonKinds = []Kind{Flat, Nested, Wide, Mixed}

// Records follow from the seed alone. A change of this hash changes what every
// recorded measurement and every golden output stands on: say why in the commit.
func TestGolden(t *testing.T) {
	const want = "d12123792dee0a283f5fcc9a1128fc3ef897a251afa63eb4fb2debbd6d730b52"
	sum := sha256.New()
	g := NewWith(Options{Seed: 1, Tombstones: 50})
	var b []byte
	for i := range 4000 {
		b = g.AppendKey(append(g.Append(b[:0], []Kind{Flat, Nested, Wide, Text, Mixed}[i%5]), '\t'))
		sum.Write(append(b, '\n'))
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		t.Errorf("the records of seed 1 have the hash %s, want %s", got, want)
	}
}

func TestSeeds(t *testing.T) {
	a, b, c := New(7), New(7), New(8)
	for range 100 {
		x, y, z := a.Append(nil, Mixed), b.Append(nil, Mixed), c.Append(nil, Mixed)
		if !bytes.Equal(x, y) {
			t.Fatal("one seed gave two streams")
		}
		if bytes.Equal(x, z) {
			t.Fatalf("two seeds gave the same record: %s", x)
		}
	}
}

func TestRecordsAreJSON(t *testing.T) {
	for _, kind := range jsonKinds {
		g := New(2)
		for range 5000 {
			rec := g.Append(nil, kind)
			if !json.Valid(rec) || !utf8.Valid(rec) {
				t.Fatalf("kind %d, record %d is no JSON: %s", kind, g.Seq(), rec)
			}
			var m map[string]any
			if err := json.Unmarshal(rec, &m); err != nil {
				t.Fatal(err)
			}
			if m["seq"] != float64(g.Seq()) {
				t.Fatalf("record %d says seq %v", g.Seq(), m["seq"])
			}
		}
	}
}

// A name that stands twice in one object would make the oracles of other tests
// disagree with us about which one counts.
func TestNoNameTwice(t *testing.T) {
	g := New(3)
	for range 3000 {
		rec := g.Append(nil, Mixed)
		dec := json.NewDecoder(bytes.NewReader(rec))
		var walk func()
		walk = func() {
			tok, err := dec.Token()
			if err != nil {
				t.Fatal(err)
			}
			switch tok {
			case json.Delim('{'):
				seen := map[string]bool{}
				for dec.More() {
					name, _ := dec.Token()
					if seen[fold(name.(string))] {
						t.Fatalf("%s stands twice: %s", name, rec)
					}
					seen[fold(name.(string))] = true
					walk()
				}
				dec.Token()
			case json.Delim('['):
				for dec.More() {
					walk()
				}
				dec.Token()
			}
		}
		walk()
	}
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s))
}

// Every name that the catalog must know is in some record.
func TestEveryRequiredNameIsSeen(t *testing.T) {
	page, err := os.ReadFile("../../rules/testdata/required.txt")
	if err != nil {
		t.Fatal(err)
	}
	g, seen := New(4), map[string]bool{}
	for range 2000 {
		var v any
		if err := json.Unmarshal(g.Append(nil, Mixed), &v); err != nil {
			t.Fatal(err)
		}
		names(v, seen)
	}
	count := 0
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		_, list, _ := strings.Cut(line, ":")
		for _, name := range strings.Fields(list) {
			count++
			if !seen[fold(name)] {
				t.Errorf("no record has %s", name)
			}
		}
	}
	if count < 200 {
		t.Errorf("required.txt has %d names", count)
	}
}

func names(v any, seen map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			seen[fold(name)] = true
			names(value, seen)
		}
	case []any:
		for _, value := range v {
			names(value, seen)
		}
	}
}

// What is planted stands in the record, decoded, so that to look for it in an
// output is a test; and every kind plants enough.
func TestPlantedIsThere(t *testing.T) {
	for _, kind := range []Kind{Flat, Nested, Wide, Text} {
		g := NewWith(Options{Seed: 5, Track: true})
		total := 0
		for range 2000 {
			rec := g.Append(nil, kind)
			all := decoded(t, kind, rec)
			all = g.AppendKey(append(all, '\n'))
			for _, p := range g.Planted() {
				total++
				if !bytes.Contains(all, p.Value) {
					t.Fatalf("kind %d: %s %q is not in\n%s", kind, p.Name, p.Value, all)
				}
			}
		}
		if perRecord := float64(total) / 2000; perRecord < 2 || kind != Text && perRecord < 8 {
			t.Errorf("kind %d plants %.1f values per record", kind, perRecord)
		}
	}
	if p := New(5); len(p.Append(nil, Flat)) > 0 && len(p.Planted()) > 0 {
		t.Error("planted values are kept though nobody asked")
	}
}

// decoded returns every string and number of the record, one a line.
func decoded(t *testing.T, kind Kind, rec []byte) []byte {
	if kind == Text {
		return rec
	}
	dec := json.NewDecoder(bytes.NewReader(rec))
	dec.UseNumber()
	var all []byte
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch v := tok.(type) {
		case string:
			all = append(all, v...)
		case json.Number:
			all = append(all, v...)
		}
		all = append(all, '\n')
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		kind     Kind
		from, to int
	}{{Flat, 400, 450}, {Nested, 1200, 1500}, {Wide, 1200, 1600}, {Text, 80, 200}} {
		g, total := New(6), 0
		for range 2000 {
			total += len(g.Append(nil, c.kind))
		}
		if mean := total / 2000; mean < c.from || mean > c.to {
			t.Errorf("kind %d: %d bytes on average, want %d to %d", c.kind, mean, c.from, c.to)
		}
	}
}

// The same members come in Options.Orders orders.
func TestOrders(t *testing.T) {
	member := regexp.MustCompile(`"(\w+)":`)
	for n := 1; n <= 4; n++ {
		g, seen := NewWith(Options{Seed: 7, Orders: n}), map[string]bool{}
		for range 500 {
			rec := g.Append(nil, Flat)
			names := member.FindAllString(strings.ReplaceAll(string(rec), `,"child_mode":true`, ""), -1)
			seen[strings.Join(names, "")] = true
		}
		if len(seen) != n {
			t.Errorf("Orders %d: %d orders", n, len(seen))
		}
	}
}

// Spellings that a scanner must not stumble over all occur: white space,
// escapes in names and in values, surrogate pairs, numbers and strings.
func TestSpellings(t *testing.T) {
	g := New(8)
	var all []byte
	for range 3000 {
		all = append(g.Append(all, Mixed), '\n')
	}
	for _, want := range []string{`": "`, "\r\n\t\"", `"\u0069mei":`, `"\u0038`, `\"`, `\\`, `\/`, `\n\tat `, `\ud83e\udd8c`, `\u5e02`, "🦌", `":null`, `"device-imei":8`, `[{"`} {
		if !bytes.Contains(all, []byte(want)) {
			t.Errorf("no record has %s", want)
		}
	}
}

// A subject comes back with the same identifiers; a child is marked as one.
func TestSubjects(t *testing.T) {
	g := NewWith(Options{Seed: 9, Subjects: 20})
	imeis, children := map[string]string{}, 0
	for range 2000 {
		var rec struct {
			User  string `json:"user_id"`
			IMEI  string `json:"imei"`
			Child bool   `json:"child_mode"`
		}
		if err := json.Unmarshal(g.Append(nil, Flat), &rec); err != nil {
			t.Fatal(err)
		}
		if first := imeis[rec.User]; first != "" && first != rec.IMEI {
			t.Fatalf("%s has the IMEIs %s and %s", rec.User, first, rec.IMEI)
		}
		imeis[rec.User] = rec.IMEI
		if rec.User != string(g.AppendKey(nil)) {
			t.Fatalf("the key is not the user %s", rec.User)
		}
		if rec.Child != g.who.minor() {
			t.Fatalf("%s is %d years old and child_mode is %v", rec.User, g.who.age(), rec.Child)
		}
		if rec.Child {
			children++
		}
	}
	if len(imeis) != 20 || children == 0 {
		t.Errorf("%d subjects, %d records of children", len(imeis), children)
	}
}

func TestTombstones(t *testing.T) {
	g := NewWith(Options{Seed: 10, Tombstones: 10})
	nulls := 0
	for range 1000 {
		rec := g.Append(nil, Mixed)
		if g.Null() != (len(rec) == 0) {
			t.Fatalf("Null says %v of %q", g.Null(), rec)
		}
		if g.Null() {
			nulls++
		}
	}
	if nulls < 50 || nulls > 200 {
		t.Errorf("%d tombstones in 1000 records, want about 100", nulls)
	}
	if rec := g.Append([]byte("x"), Tombstone); string(rec) != "x" || !g.Null() {
		t.Errorf("Tombstone appended %q", rec)
	}
}

// IP addresses are of blocks that no public host has.
func TestNobodysAddresses(t *testing.T) {
	var blocks []netip.Prefix
	for _, s := range []string{"198.18.0.0/15", "100.64.0.0/10", "2001:db8::/32"} {
		blocks = append(blocks, netip.MustParsePrefix(s))
	}
	for i := range 20_000 {
		text := appendIPv4(nil, rng{uint64(i)})
		if i%2 == 0 {
			text = appendIPv6(nil, rng{uint64(i)})
		}
		addr, err := netip.ParseAddr(string(text))
		if err != nil {
			t.Fatal(err)
		}
		in := false
		for _, b := range blocks {
			in = in || b.Contains(addr)
		}
		if !in || addr.Is4() && addr.As4()[3] == 0 {
			t.Fatalf("%s", text)
		}
	}
}

func TestRFC3339(t *testing.T) {
	for _, ms := range []int64{0, 951_782_399_999, 951_782_400_000, defaultStart, defaultStart + 40*86_400_000, 4_102_444_799_001} {
		want := time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
		if got := string(appendRFC3339(nil, ms)); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
	}
	for ms := int64(0); ms < 4e12; ms += 12_345_678_901 {
		want := time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
		if got := string(appendRFC3339(nil, ms)); got != want {
			t.Fatalf("%d: %s, want %s", ms, got, want)
		}
	}
}

func TestNoAllocs(t *testing.T) {
	race.Skip(t)
	for _, kind := range []Kind{Flat, Nested, Wide, Text, Mixed} {
		for _, track := range []bool{false, true} {
			g := NewWith(Options{Seed: 11, Tombstones: 20, Track: track})
			buf := make([]byte, 0, 1<<16)
			for range 500 { // the Gen's own buffers grow
				g.Append(buf, kind)
			}
			if n := testing.AllocsPerRun(500, func() { g.AppendKey(g.Append(buf, kind)); g.Planted() }); n != 0 {
				t.Errorf("kind %d, track %v: %v allocations a record", kind, track, n)
			}
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name string
		kind Kind
	}{{"flat", Flat}, {"nested", Nested}, {"wide", Wide}, {"text", Text}, {"mixed", Mixed}} {
		b.Run(c.name, func(b *testing.B) {
			g, buf := New(1), make([]byte, 0, 1<<16)
			b.ReportAllocs()
			total := 0
			for b.Loop() {
				total += len(g.Append(buf, c.kind))
			}
			b.SetBytes(int64(total / b.N))
		})
	}
}
