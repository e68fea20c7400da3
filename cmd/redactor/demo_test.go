package main

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/internal/synth"
)

func newTestInspector(t *testing.T) *inspector {
	t.Helper()
	i, err := newInspector("127.0.0.1:1", map[string]string{"out": "p"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.close)
	return i
}

// TestInspectorFinds: the inspector would see a leak, wherever in a record it
// stands. Without this, "0 raw identifiers" would say nothing.
func TestInspectorFinds(t *testing.T) {
	for where, r := range map[string]kgo.Record{
		"key":            {Key: []byte("u-1001")},
		"value":          {Value: []byte(`{"a":"u-1001"}`)},
		"number":         {Value: []byte(`{"a":[{"b":356938035643809}]}`)},
		"escaped":        {Value: []byte(`{"a":"\u0075-1001"}`)},
		"URL":            {Value: []byte(`{"a":"https://example.com/x?imei=356938035643809&y=1"}`)},
		"sentence":       {Value: []byte(`{"a":"user u-1001 crashed"}`)},
		"JSON in string": {Value: []byte(`{"a":"{\"imei\":\"356938035643809\"}"}`)},
		"not JSON":       {Value: []byte(`imei=356938035643809 oops`)},
	} {
		i := newTestInspector(t)
		i.plant([]synth.Planted{{Name: "user", Value: []byte("u-1001")}, {Name: "imei", Value: []byte("356938035643809")}})
		r.Topic = "out"
		i.inspect(&r)
		if _, found := i.result(); found != 1 {
			t.Errorf("%s: %d found, want 1", where, found)
		}
	}
	i := newTestInspector(t)
	i.plant([]synth.Planted{{Name: "user", Value: []byte("u-1001")}})
	i.inspect(&kgo.Record{Topic: "out", Key: []byte("test_x"), Value: []byte(`{"a":"u-10011","b":"test_u-1001"}`)})
	if records, found := i.result(); records != 1 || found != 0 {
		t.Errorf("%d records, %d found: what is no planted value was taken for one", records, found)
	}
}

// TestBooksThatDoNotBalance: each way in which a record can be missing shows.
func TestBooksThatDoNotBalance(t *testing.T) {
	good := func() finalBooks {
		return finalBooks{
			sent:        map[string]int64{"a": 100},
			recipients:  []recipientBooks{{books: books{profile: "p", routed: 100, produced: 90, filtered: 8, failed: 2}, due: 100, written: 90}},
			quarantined: 2, inQuarantine: 2, inspected: 90,
		}
	}
	if f := good(); !f.balance() {
		t.Fatal("good books do not balance")
	}
	for name, spoil := range map[string]func(*finalBooks){
		"not routed":         func(f *finalBooks) { f.recipients[0].due++ },
		"not produced":       func(f *finalBooks) { f.recipients[0].produced-- },
		"produced twice":     func(f *finalBooks) { f.recipients[0].written++ },
		"still in flight":    func(f *finalBooks) { f.recipients[0].inFlight = 1 },
		"not in quarantine":  func(f *finalBooks) { f.inQuarantine-- },
		"lost at the source": func(f *finalBooks) { f.lost = 1 },
		"leaked":             func(f *finalBooks) { f.raw = 1 },
	} {
		f := good()
		spoil(&f)
		if f.balance() {
			t.Errorf("%s: the books balance", name)
		}
		var b strings.Builder
		newScreen(&b, false).books(f)
		if name != "not in quarantine" && !strings.Contains(b.String(), "NOT BALANCED") && !strings.Contains(b.String(), "RAW") && !strings.Contains(b.String(), "not taken") {
			t.Errorf("%s: the screen does not say so:\n%s", name, b.String())
		}
	}
}

// TestGeneratorIsReproducible: one seed, one stream of records.
func TestGeneratorIsReproducible(t *testing.T) {
	read := func(seed uint64) string {
		g, err := newGenerator("127.0.0.1:1", seed, newTestInspector(t))
		if err != nil {
			t.Fatal(err)
		}
		defer g.close()
		var b strings.Builder
		for range 200 {
			r := g.next()
			b.WriteString(r.Topic + " " + string(r.Key) + " " + string(r.Value) + "\n")
		}
		return b.String()
	}
	first, second, other := read(1), read(1), read(2)
	if first != second {
		t.Error("two runs of one seed differ")
	}
	if first == other {
		t.Error("two seeds give the same records")
	}
}

// TestGeneratorWaits: the generator neither outruns the proxy nor whoever
// reads its outputs, since the broker forgets.
func TestGeneratorWaits(t *testing.T) {
	g := &generator{total: maxBehind}
	if !g.tooFar() {
		t.Error("the proxy is left behind")
	}
	g.consumed.Store(1)
	if g.tooFar() {
		t.Error("it waits without need")
	}
	g.unread.Store(maxBehind)
	if !g.tooFar() {
		t.Error("the inspector is left behind")
	}
}
