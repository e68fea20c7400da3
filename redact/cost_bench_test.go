package redact

import (
	"crypto/aes"
	"slices"
	"testing"
	"time"

	"redactor/detect"
	"redactor/pseudonym"
)

// BenchmarkCost tells what a call of each transform costs as a ratio to one
// AES-128 block, in processor time: rounds of the two take turns, so that what
// else the machine does hits both, and the lower quartile of the rounds counts.
// Raw output is in bench/results/transform-costs.txt, from where
// docs/transforms.md has its figures: go test ./redact -run '^$' -bench Cost
// -benchtime 1x.
func BenchmarkCost(b *testing.B) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		b.Fatal(err)
	}
	var x [16]byte
	for _, c := range costCases(b) {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				rounds(b, c.call, func() { block.Encrypt(x[:], x[:]) })
			}
		})
	}
}

// rounds reports the ratio of two calls.
func rounds(b *testing.B, call, unit func()) {
	const n = 15
	spent := func(f func(), calls int) float64 {
		begun := cpuTime(b)
		for range calls {
			f()
		}
		return float64(cpuTime(b)-begun) / float64(calls)
	}
	calls := 64
	for begun := cpuTime(b); cpuTime(b)-begun < 2*time.Millisecond; calls *= 2 {
		spent(call, calls)
	}
	var of, units []float64
	for range n {
		units = append(units, spent(unit, 1<<16))
		of = append(of, spent(call, calls))
	}
	slices.Sort(of)
	slices.Sort(units)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(of[n/4], "cpu-ns")
	b.ReportMetric(of[n/4]/units[n/4], "blocks")
}

type costCase struct {
	name string
	call func()
}

// costCases are the transforms on what they are for, and below the line of
// primitives what they stand on.
func costCases(b testing.TB) []costCase {
	m, secret := must(b), pseudonym.TestSecret("k")
	cmac := secret.SubkeyOf(pseudonym.AESCMAC, "acme", "a", "a", "imei", "0")
	ff1, err := secret.FF1(10, "acme", "a", "a", "imei", "0")
	if err != nil {
		b.Fatal(err)
	}
	prefix, err := secret.PrefixCipher("acme", "a", "a", "ip", "0")
	if err != nil {
		b.Fatal(err)
	}
	pan := secret.CryptoPAn("acme", "a", "a", "ip", "0")
	const imei, spot = "356938035643809", "39.9042,116.4074"
	scrub := detect.Config{Set: detect.AllDetectors, Custom: []detect.CustomPattern{{Name: "build", Pattern: `Build/[A-Z0-9.]+`}}}
	const line = "GET /cart for li.lei@example.com from 203.0.113.77 took 42 ms Build/UP1A.231005 ok"
	fpe := m(FPE(FPEOptions{Class: detect.IMEI, FF1: ff1}))
	var cases []costCase
	add := func(name string, tr Transform, v string, k Kind, prepare func(*worker)) {
		w, buf, in := &worker{}, make([]byte, 0, 512), []byte(v)
		if prepare != nil {
			prepare(w)
		}
		cases = append(cases, costCase{name, func() { tr.fn.apply(w, buf, in, k) }})
	}
	some := func(name string, tr Transform, v string) { add(name, tr, v, KindString, nil) }
	number := func(name string, tr Transform, v string) { add(name, tr, v, KindNumber, nil) }
	some("replace", Replace("[removed]"), imei)
	some("mask", m(Mask(MaskOptions{KeepLast: 2})), imei)
	some("pseudonym", m(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Class: detect.IMEI})), imei)
	some("pseudonym prf aes-cmac", m(Pseudonym(PseudonymOptions{Subkey: cmac, Class: detect.IMEI, As: pseudonym.Hex})), imei)
	some("fpe", bare(fpe), imei)
	some("fpe, seen before", fpe, imei)
	some("ip", m(IPTruncate(24, 48)), "203.0.113.77")
	some("ip prefix-preserving", m(IPCipher(IPCipherOptions{Prefix: prefix})), "203.0.113.77")
	number("round", m(Round(1)), "48.85837")
	number("bucket", m(Bucket(BucketOptions{Width: "10"})), "37")
	some("time", m(TimeTruncate(TimeHour)), "2026-11-21T21:05:33.123Z")
	number("time, a number", m(TimeTruncate(TimeHour)), "1795295133123")
	some("geohash", m(Geohash(6, PlaceOptions{})), spot)
	some("s2", m(S2(13, PlaceOptions{})), spot)
	some("grid", m(Grid(1000, PlaceOptions{})), spot)
	some("map", m(Map(MapOptions{By: MapTAC, Keys: []string{"35693803"}, Values: []string{"Phone A"}})), imei)
	some("url", URL(URLPath), "https://shop.example.com:8443/users/alice/orders/10023?q=x#y")
	some("hash_bucket", m(HashBucket(HashBucketOptions{Subkey: testSubkey(), Class: detect.IMEI, Buckets: 16})), imei)
	some("scrub", m(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}})), line)
	some("scrub with a pattern", m(Scrub(ScrubOptions{Detect: scrub})), line)
	whose := func(w *worker) { w.subject = []byte("u-1001") }
	add("shift", m(Shift(ShiftOptions{Days: 30, Subkey: testSubkey(), Subject: Subject{0, detect.Account}})), "2026-11-21T21:05:33.123Z", KindString, whose)
	add("laplace", m(Laplace(LaplaceOptions{Radius: 500, Subkey: testSubkey(), Subject: Subject{0, detect.Account}})), spot, KindString, whose)

	h, canonical := pseudonym.NewHasher(), []byte("35693803564380")
	s, ip := new(pseudonym.FF1Scratch), new(pseudonym.IPScratch)
	numerals, tweak := []byte{3, 5, 6, 9, 3, 8, 0, 3, 5, 6, 4, 3, 8, 0}, []byte("redactor imei")
	buf, sum := make([]byte, 0, 64), [16]byte{1, 2, 3}
	address := uint32(0xcb00714d)
	for _, p := range []costCase{
		{"HMAC-SHA-256", func() { h.Sum(testKey, "imei", canonical) }},
		{"AES-CMAC", func() { h.Sum(cmac, "imei", canonical) }},
		{"FF1", func() { ff1.Encrypt(s, numerals, tweak) }},
		{"ipcrypt-pfx", func() { address = prefix.V4(ip, address) }},
		{"Crypto-PAn", func() { address = pan.V4(ip, address) }},
		{"hex", func() { pseudonym.Hex.Append(buf, sum) }},
		{"base32", func() { pseudonym.Base32.Append(buf, sum) }},
		{"base62", func() { pseudonym.Base62.Append(buf, sum) }},
	} {
		cases = append(cases, costCase{"primitive " + p.name, p.call})
	}
	return cases
}

var testKey = testSubkey()
