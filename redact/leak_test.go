package redact

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"redactor/detect"
)

// identifiers makes values of every class that identifies, as logs spell them.
func identifiers(r *rand.Rand) []string {
	d := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = '0' + byte(r.IntN(10))
		}
		return string(b)
	}
	hex := fmt.Sprintf("%016x", r.Uint64()|1<<63)
	mac := fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", 0x10+r.IntN(0xe0), r.IntN(256), 0x10+r.IntN(0xe0), r.IntN(256), r.IntN(256), r.IntN(256))
	imei := "35" + d(13)
	return []string{
		imei, imei[:2] + "-" + imei[2:8] + "-" + imei[8:14] + "-" + imei[14:], "46000" + d(10), "898600" + d(14), "A0" + d(12),
		"138" + d(8), "+86 139-" + d(4) + "-" + d(4), "62" + d(17), "110105" + "19" + d(2) + "1231" + d(3) + "X",
		mac, strings.ReplaceAll(mac, ":", ""), strings.ToUpper(mac), hex, hex[:8] + "-" + hex[8:12] + "-4" + hex[13:16] + "-8" + d(3) + "-" + hex[4:16],
		"2001:db8:" + hex[:4] + ":" + hex[4:8] + "::" + hex[8:12], "203.0." + fmt.Sprint(100+r.IntN(100)) + "." + fmt.Sprint(100+r.IntN(100)),
		"alice" + d(4) + "@example.com", "u-" + d(8), "京A" + d(5), "R58M" + d(7),
	}
}

// TestNoIdentifierSurvives gives every transform identifiers of every kind, of
// the right field and strayed into a wrong one, as text and as numbers.
func TestNoIdentifierSurvives(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m := must(t)
	transforms := append(someTransforms(t), m(Mask(MaskOptions{KeepFirst: 3, KeepLast: 4})), m(Round(9)), m(Round(0)), m(Round(-3)),
		m(Bucket(BucketOptions{Width: "2"})), m(Bucket(BucketOptions{Width: "0.001"})), m(TimeTruncate(TimeSecond)), m(TimeTruncate(TimeYear)))
	// What a text is scrubbed of is for the detectors' own tests: without a
	// label or a right check digit they leave digits alone, on purpose.
	transforms = slices.DeleteFunc(transforms, func(tr Transform) bool { return strings.HasPrefix(tr.String(), "scrub") })
	for range 300 {
		for _, v := range identifiers(r) {
			kinds := []Kind{KindString}
			if new(detect.Decimal).Parse([]byte(v)) {
				kinds = append(kinds, KindNumber)
			}
			for _, k := range kinds {
				for _, tr := range transforms {
					got := run(t, tr, v, k)
					if survives(got.out, v) {
						t.Fatalf("%v of %s: %v", tr, v, got)
					}
				}
			}
		}
	}
}

// survives reports whether a text holds a value, whatever separates its
// characters.
func survives(out, v string) bool {
	squeeze := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune("-.:/_@+ (),", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	return strings.Contains(squeeze(out), squeeze(v))
}
