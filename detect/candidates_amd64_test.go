package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// candidatesSlow is what candidatesVBMI does for one window: anchors of
// scanner.go, without what is known only when the text is looked at.
func candidatesSlow(w *window, enabled *[numFamilies]uint64, valid uint64) (all [blockRows]uint64) {
	d, x, c, h, p := w[bitDigit], w[bitHex], w[bitColon], w[bitDash], w[bitDot]
	quote, underscore, equals := w[bitWord]&w[bitSep], w[bitWord]&w[bitRare], w[bitSep]&w[bitRare]
	l, z, rare := w[bitWord]&^(quote|underscore), w[bitSep]&^(quote|equals), w[bitRare]&^(underscore|equals)
	g := d | x
	run := func(v uint64, n int) uint64 { // where n bytes of v begin
		out := v
		for k := 1; k < n; k++ {
			out &= v >> k
		}
		return out
	}
	some := func(v uint64, n int) (out uint64) { // where one of n bytes is of v
		for k := range n {
			out |= v >> k
		}
		return out
	}
	apart := func(v uint64, from, to int) (out uint64) {
		for k := from; k <= to; k++ {
			out |= v >> k
		}
		return out
	}
	sep := h | p | z
	inner := sep & (d << 1)
	pair := inner & (sep >> 1) & (d >> 2)
	all[familyNumber] = d & (run(d|inner&(d>>1)|pair|pair<<1, 11) | run(d, 9))
	all[familyHex] = run(g, 12) & some(x, 12)
	all[familyDashed] = h & (h >> 5) & (h >> 10) & (h >> 15)
	octet := (c | h | underscore) & (g >> 1) & (g >> 2)
	all[familyOctets] = octet & (octet >> 3) & (octet >> 6) & (octet >> 9) & (octet >> 12)
	all[familyCisco] = p & (p >> 5) & (run(g, 4) >> 1) & (run(g, 4) >> 6)
	inHex := g & (c >> 1) & (g >> 2)
	all[familyColon] = inHex&apart(inHex&apart(inHex, 2, 5), 2, 5) | run(c, 2)
	point := d & (p >> 1) & (d >> 2)
	all[familyQuad] = point & apart(point, 2, 4) & apart(point&apart(point, 2, 4), 2, 4)
	all[familyDegrees] = point & (run(d, 2) >> 3) &^ (c << 2 & (c << 5))
	all[familyToken] = run(g|l, 16) & some(d, 16)
	all[familyArmor] = run(h, 5)
	all[familyLabel] = c&^(d<<1&(d>>1)) | equals
	for k := labelReach; k < 64; k++ {
		if quote>>(k-1)&1 != 0 && quote>>(k-2)&1 == 0 {
			all[familyLabel] &^= 1 << k
		}
	}
	for f := range numFamilies {
		all[f] &= enabled[f]
		if f == familyLabel {
			all[f] &= valid << labelReach
		} else {
			all[f] &= valid
		}
	}
	all[blockRare], all[blockDigits] = rare&valid, d
	return all
}

// compareCandidates holds the vectors to the twin for one text.
func compareCandidates(t *testing.T, s *Scanner, text []byte) {
	t.Helper()
	want := classifySlow(s.table, text)
	for first := 0; first < len(want); first += windows {
		rest := text[first*windowStep:]
		n, final := min(len(want)-first, windows), windows
		if first+n == len(want) {
			final = n - 1
		}
		var out candidateBlocks
		hits := candidatesVBMI(s.table, &s.enabled, &rest[0], len(rest), n, final, &out)
		for i := range n {
			valid := uint64(validStarts)
			if i == final {
				valid = ^uint64(0)
			}
			any := false
			for f, v := range candidatesSlow(&want[first+i], &s.enabled, valid) {
				if !s.hasExtra && (family(f) == familyToken || family(f) == familyArmor || family(f) == familyLabel) {
					continue // not written
				}
				if got := out[i/lanes][f][i%lanes]; got != v {
					t.Fatalf("%d bytes, window %d, family %d: %x, want %x", len(text), first+i, f, got, v)
				}
				any = any || v != 0 && f != int(blockDigits)
			}
			if hits>>i&1 != 0 != any {
				t.Fatalf("%d bytes, window %d: hit %v", len(text), first+i, !any)
			}
		}
		if hits>>n != 0 {
			t.Fatalf("%d bytes: hits %x of %d windows", len(text), hits, n)
		}
	}
}

// TestCandidates: text of every length, at the end of its memory, with what
// families are made of in every mixture.
func TestCandidates(t *testing.T) {
	if !useVBMI {
		t.Skip("no AVX-512 VBMI")
	}
	r := rand.New(rand.NewPCG(13, 14))
	for _, s := range []*Scanner{newScanner(t, AllDetectors), newJSONScanner(t), newScanner(t, benchSet), newScanner(t, SetOf(DetectIPv6))} {
		for _, alphabet := range []string{"", "0123456789", "01.", "0f:", "0f:-", "09-. ", "0aZ:-. @\xef", "0aaaa-", "aa:", "9.", "-", "zz0", "aa_", "aaz_@ \"", "a\":", "a\"\"\"::", "11\":", "a\"=:"} {
			for size := 1; size < 900; size += 1 + size/40 {
				memory := bytes.Repeat([]byte("1"), size+128)
				text := memory[:size]
				for i := range text {
					if alphabet == "" {
						text[i] = byte(r.IntN(256))
					} else {
						text[i] = alphabet[r.IntN(len(alphabet))]
					}
				}
				compareCandidates(t, s, text)
			}
		}
		compareCandidates(t, s, bytes.Repeat([]byte("354178036859789 00:00:5e:00:53:01 192.0.2.1;"), 200))
	}
}

func FuzzCandidates(f *testing.F) {
	if !useVBMI {
		f.Skip("no AVX-512 VBMI")
	}
	f.Add([]byte("imei=354178036859789 mac 00:00:5E:00:53:01 6d92078a-8246-4ba4-ae5b-76104861e7dc 0000.5e00.5301 39.9042,116.4074 2001:db8::1"))
	f.Add([]byte(`{"imei":"***","n":{"mac_00_00_5e_00_53_01":"\":","a":[{"b_c":1}]},"":"x","ts":1795219200029}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		compareCandidates(t, newScanner(t, AllDetectors), text)
		compareCandidates(t, newJSONScanner(t), text)
	})
}

// BenchmarkCandidates is the search without the verifiers.
func BenchmarkCandidates(b *testing.B) {
	if !useVBMI {
		b.Skip("no AVX-512 VBMI")
	}
	s := newScanner(b, benchSet)
	var out candidateBlocks
	for _, size := range []int{120, 400, windows * windowStep} {
		text := bytes.Repeat([]byte("java.lang.String; "), size/18+1)[:size]
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				candidatesVBMI(s.table, &s.enabled, &text[0], size, windowsOf(size), windowsOf(size)-1, &out)
			}
		})
	}
}
