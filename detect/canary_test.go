package detect

import (
	"math/rand/v2"
	"strings"
	"testing"
)

var planted = []string{"356938035643809", "u-1001", "203.0.113.77", "Eve <eve@example.com>", "a/b?c=d&é", "王小明先生", "02:00:5e:00:53:af"}

// TestCanariesSeeThrough: every planted value is seen in every disguise, and
// the right one is named.
func TestCanariesSeeThrough(t *testing.T) {
	c, err := NewCanaries(planted)
	if err != nil {
		t.Fatal(err)
	}
	for name, hide := range disguises {
		for i, s := range planted {
			for pad := range 9 { // every place modulo the stride
				out := []byte(`{"a":"` + strings.Repeat(".", pad) + hide(s) + `.."}`)
				if got, _, found := c.Find(out); !found || got != i {
					t.Fatalf("%s: %q is not found in %s", name, s, out)
				}
			}
		}
	}
}

// TestCanariesAreNoAlarm: what holds no planted value is not accused.
func TestCanariesAreNoAlarm(t *testing.T) {
	c, err := NewCanaries(planted)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678{}\":,%+/\\"
	for range 20000 {
		out := make([]byte, 400)
		for i := range out {
			out[i] = letters[rng.IntN(len(letters))]
		}
		if i, how, found := c.Find(out); found {
			t.Fatalf("%q is said to stand %s in %s", planted[i], how, out)
		}
	}
	for _, s := range []string{"", "x", "35693803564380", "56938035643809"} {
		if c.In([]byte(s)) {
			t.Errorf("found in %q", s)
		}
	}
}

func TestReadCanaries(t *testing.T) {
	c, err := ReadCanaries(strings.NewReader("\ufeff# planted in March\n\n 356938035643809 \r\nEve Example\n"))
	if err != nil || c.Len() != 2 || !c.In([]byte("eve example")) {
		t.Fatal(c, err)
	}
	for text, want := range map[string]string{
		"": "there are no canaries", "ok-ok-ok\nsecre\n": "line 2: a canary of fewer than 6 bytes would be found by chance", "ok-ok-ok\n\xff\xff\xff\xff\xff\xff\n": "line 2 is not UTF-8",
	} {
		if _, err := ReadCanaries(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCanariesDoNotAllocate(t *testing.T) {
	c, err := NewCanaries(planted)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(strings.Repeat(`{"a":"b\u0041%41"}`, 50))
	c.In(text)
	if n := testing.AllocsPerRun(100, func() { c.In(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkCanaries is a record's worth of text and a thousand canaries.
func BenchmarkCanaries(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var values []string
	for range 1000 {
		values = append(values, plant(r, DetectIMEI))
	}
	c, err := NewCanaries(values)
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(strings.Repeat(`{"ts":1763769600123,"event":"open","model":"M2012","os":"13"},`, 8))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		c.In(text)
	}
}
