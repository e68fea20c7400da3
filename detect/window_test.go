package detect

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// classifySlow says of one byte at a time what it is.
func classifySlow(tab *classTable, t []byte) []window {
	var all []window
	for o := 0; o == 0 && len(t) > 0 || o+64-windowStep < len(t); o += windowStep {
		var w window
		for i, c := range t[o:min(len(t), o+64)] {
			for bit := range numBits {
				if tab.bits[c]>>bit&1 != 0 {
					w[bit] |= 1 << i
				}
			}
		}
		all = append(all, w)
	}
	return all
}

func TestClassTable(t *testing.T) {
	tab := newClassTable("@", `"_=`)
	for i := range 256 {
		c := byte(i)
		for bit, in := range [numBits]string{"0123456789", "abcdefABCDEF", `ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ"_`, ":", "-", ".", ` ()/"=`, "@_="} {
			want := strings.IndexByte(in, c) >= 0
			if got := tab.bits[c]>>bit&1 != 0; got != want {
				t.Errorf("%q is %d: %v", c, bit, got)
			}
			if got := tab.spread[c]>>(8*bit)&1 != 0; got != want {
				t.Errorf("%q is spread %d: %v", c, bit, got)
			}
		}
	}
}

// TestClassify: text of every length, at the end of its memory, so that a read
// behind it would see what is there.
func TestClassify(t *testing.T) {
	s := newScanner(t, AllDetectors)
	r := rand.New(rand.NewPCG(3, 4))
	for size := range 260 {
		memory := bytes.Repeat([]byte("@"), size+128)
		text := memory[:size]
		for i := range text {
			text[i] = byte(r.IntN(256))
		}
		compareWindows(t, s, text)
	}
	compareWindows(t, s, bytes.Repeat([]byte("0aZ:-. @\xef"), 1000))
}

func compareWindows(t *testing.T, s *Scanner, text []byte) {
	t.Helper()
	want := classifySlow(s.table, text)
	for first := 0; first < len(want); first += windows {
		var w [windows]window
		n := classify(s.table, &w, text[first*windowStep:])
		if n != min(len(want)-first, windows) {
			t.Fatalf("%d bytes from window %d: %d windows", len(text), first, n)
		}
		for i := range w[:n] {
			if w[i] != want[first+i] {
				t.Fatalf("%d bytes, window %d: %x, want %x", len(text), first+i, w[i], want[first+i])
			}
		}
	}
}

func FuzzClassify(f *testing.F) {
	f.Add([]byte("imei=354178036859789 mac 00:00:5E:00:53:01 \xef\xbc\x90 a@b.cd +1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		compareWindows(t, newScanner(t, AllDetectors), text)
	})
}
