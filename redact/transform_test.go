package redact

import (
	"strings"
	"testing"

	"redactor/detect"
	"redactor/internal/race"
	"redactor/pseudonym"
)

// done is what a transform made of a value.
type done struct {
	out   string
	shape Shape
}

func (d done) String() string {
	names := [...]string{"text", "plain", "number", "raw", "null", "unfit"}
	return names[d.shape] + " " + d.out
}

var (
	null  = done{"", ShapeNull}
	unfit = done{"", ShapeUnfit}
)

func text(s string) done   { return done{s, ShapeText} }
func plain(s string) done  { return done{s, ShapePlain} }
func number(s string) done { return done{s, ShapeNumber} }

// run applies a transform behind other output, which must stay, and does it
// twice with one worker, which must not matter.
func run(t *testing.T, tr Transform, v string, k Kind) done {
	t.Helper()
	w := &worker{}
	const head = `{"a":`
	var got done
	for range 2 {
		in := []byte(v)
		out, shape := tr.fn.apply(w, []byte(head), in, k)
		if string(in) != v {
			t.Fatalf("%v changed its input", tr)
		}
		rest, ok := strings.CutPrefix(string(out), head)
		if !ok {
			t.Fatalf("%v changed what was before: %q", tr, out)
		}
		got = done{rest, shape}
	}
	if (got.shape == ShapeNull || got.shape == ShapeUnfit) && got.out != "" {
		t.Fatalf("%v appended %q to say nothing", tr, got.out)
	}
	if got.shape == ShapePlain && !isPlain(got.out) {
		t.Fatalf("%v says that %q needs no escape", tr, got.out)
	}
	return got
}

func must(t testing.TB) func(Transform, error) Transform {
	return func(tr Transform, err error) Transform {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if tr.Op() != OpApply || tr.fn == nil {
			t.Fatalf("%v does nothing", tr)
		}
		return tr
	}
}

func testSubkey() *pseudonym.Subkey {
	return pseudonym.TestSecret("k").Subkey("acme", "analytics", "analytics", "imei", "0")
}

// someTransforms is one of each, for the tests that hold for all.
func someTransforms(t testing.TB) []Transform {
	m := must(t)
	return []Transform{
		Replace("[x]"),
		m(Mask(MaskOptions{KeepLast: 4})),
		m(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Class: detect.IMEI, Test: true})),
		m(IPTruncate(24, 48)),
		m(Round(1)),
		m(Bucket(BucketOptions{Width: "10"})),
		m(TimeTruncate(TimeHour)),
		m(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}})),
		m(Geohash(6, PlaceOptions{})),
		m(S2(12, PlaceOptions{CRS: BD09})),
		m(Grid(2000, PlaceOptions{CRS: GCJ02, Order: OrderLonLat})),
		m(Map(MapOptions{By: MapTAC, Keys: []string{"35693803"}, Values: []string{"Phone A"}, Default: "other", HasDefault: true})),
		URL(URLPath),
		m(HashBucket(HashBucketOptions{Subkey: testSubkey(), Class: detect.IMEI, Buckets: 16})),
	}
}

func TestTransformStrings(t *testing.T) {
	m := must(t)
	for want, tr := range map[string]Transform{
		`replace "[x]"`:                   Replace("[x]"),
		`replace "已删除"`:                   Replace("已删除"),
		"mask":                            m(Mask(MaskOptions{})),
		"mask keep last 2":                m(Mask(MaskOptions{KeepLast: 2})),
		"mask keep first 3":               m(Mask(MaskOptions{KeepFirst: 3})),
		"mask keep first 3 last 4 with x": m(Mask(MaskOptions{KeepFirst: 3, KeepLast: 4, Char: 'x'})),
		"pseudonym":                       m(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Test: true})),
		`pseudonym hex prefix "p_"`:       m(Pseudonym(PseudonymOptions{Subkey: testSubkey(), As: pseudonym.Hex, Prefix: "p_"})),
		"ip /24 /48":                      m(IPTruncate(24, 48)),
		"round 1":                         m(Round(1)),
		"round -2":                        m(Round(-2)),
		"bucket 10":                       m(Bucket(BucketOptions{Width: "10"})),
		"bucket 0.5 bottom -1 top 90":     m(Bucket(BucketOptions{Width: "0.5", Bottom: "-1", Top: "90"})),
		"time hour":                       m(TimeTruncate(TimeHour)),
		"time quarter":                    m(TimeTruncate(TimeQuarter)),
		"url":                             URL(URLPath),
		"url host":                        URL(URLHost),
		"hash_bucket 16":                  m(HashBucket(HashBucketOptions{Subkey: testSubkey(), Buckets: 16})),
		`map oui 1 values default "?"`:    m(Map(MapOptions{By: MapOUI, Keys: []string{"001a2b"}, Values: []string{"v"}, Default: "?", HasDefault: true})),
		"geohash 5":                       m(Geohash(5, PlaceOptions{})),
		"s2 14 from gcj02":                m(S2(14, PlaceOptions{CRS: GCJ02})),
		"grid 500 m lon-lat from wgs84":   m(Grid(500, PlaceOptions{Order: OrderLonLat, CRS: WGS84})),
	} {
		if tr.String() != want {
			t.Errorf("%q, want %q", tr.String(), want)
		}
	}
}

// TestRanks: the order of design.md 3.4, as far as these transforms go.
func TestRanks(t *testing.T) {
	want := []Rank{RankReplace, RankMask, RankPseudonym, RankGeneralize, RankGeneralize, RankPseudonym, RankGeneralize, RankMask, RankGeneralize, RankGeneralize, RankGeneralize, RankGeneralize, RankGeneralize, RankPseudonym}
	for i, tr := range someTransforms(t) {
		if tr.Rank() != want[i] {
			t.Errorf("%v has rank %d, want %d", tr, tr.Rank(), want[i])
		}
	}
}

func TestTransformsTakeEveryKind(t *testing.T) {
	for _, tr := range someTransforms(t) {
		for _, v := range []string{"true", "false"} {
			got := run(t, tr, v, KindBool)
			if want := unfit; got != want && tr.Rank() != RankReplace {
				t.Errorf("%v of %s is %v, want %v", tr, v, got, want)
			}
		}
		for _, v := range []string{"{}", "[]"} {
			if got := run(t, tr, v, KindEmpty); got != unfit && tr.Rank() != RankReplace {
				t.Errorf("%v of %s is %v", tr, v, got)
			}
		}
	}
}

// FuzzTransforms: whatever the value, a transform keeps to its shapes, and
// gives the same for the same input.
func FuzzTransforms(f *testing.F) {
	for _, v := range []string{"356938035643809", "u-1001", "203.0.113.77", "48.85837", "2026-11-21T21:05:33Z", "39.9,116.3", "张三", "\xff\xfe", "", "1e400", "👨‍👩‍👧", "true"} {
		f.Add([]byte(v), false)
		f.Add([]byte(v), true)
	}
	transforms := someTransforms(f)
	f.Fuzz(func(t *testing.T, v []byte, isNumber bool) {
		k := KindString
		if isNumber {
			k = KindNumber
			if !new(detect.Decimal).Parse(v) {
				return
			}
		}
		for _, tr := range transforms {
			got := run(t, tr, string(v), k)
			if got.shape == ShapeNumber && (k != KindNumber || !new(detect.Decimal).Parse([]byte(got.out))) {
				t.Fatalf("%v of %q is %v", tr, v, got)
			}
		}
	})
}

func TestTransformsNoAllocs(t *testing.T) {
	race.Skip(t)
	w := &worker{}
	buf := make([]byte, 0, 4096)
	values := []string{"356938035643809", "3.56938035643809e14", "35-693803-564380-9", "u-1001", "203.0.113.77", "[2001:db8::1%eth0]:443", "203.0.113.77, 2001:db8::1",
		"48.85837", "48.85837,2.29448", "-7", "2026-11-21T21:05:33.123+08:00", "Sat, 21 Nov 2026 21:05:33 GMT", "2026年11月21日 21时05分33秒", "1700000000123", "张三丰", "👨‍👩‍👧", "", "?",
		strings.Repeat("x", 2000)}
	for _, tr := range someTransforms(t) {
		for _, v := range values {
			for _, k := range []Kind{KindString, KindNumber} {
				in := []byte(v)
				tr.fn.apply(w, buf, in, k) // warm up
				if n := testing.AllocsPerRun(20, func() { tr.fn.apply(w, buf, in, k) }); n != 0 {
					t.Errorf("%v of %q: %v allocations", tr, v, n)
				}
			}
		}
	}
}

func BenchmarkTransform(b *testing.B) {
	m := must(b)
	bench := func(name string, tr Transform, v string, k Kind) {
		b.Run(name, func(b *testing.B) {
			w, buf, in := &worker{}, make([]byte, 0, 256), []byte(v)
			b.ReportAllocs()
			for b.Loop() {
				tr.fn.apply(w, buf, in, k)
			}
		})
	}
	last2 := m(Mask(MaskOptions{KeepLast: 2}))
	bench("replace", Replace("[removed]"), "356938035643809", KindString)
	bench("mask/imei", last2, "356938035643809", KindString)
	bench("mask/mac", last2, "a4:50:46:1f:22:9c", KindString)
	bench("mask/name", last2, "欧阳娜娜", KindString)
	bench("pseudonym/imei", m(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Class: detect.IMEI})), "356938035643809", KindString)
	bench("pseudonym/cmac-hex", m(Pseudonym(PseudonymOptions{
		Subkey: pseudonym.TestSecret("k").SubkeyOf(pseudonym.AESCMAC, "acme", "a", "a", "imei", "0"), Class: detect.IMEI, As: pseudonym.Hex})), "356938035643809", KindNumber)
	bench("ip/v4", m(IPTruncate(24, 48)), "203.0.113.77", KindString)
	bench("ip/v6", m(IPTruncate(24, 48)), "2001:db8::8:800:200c:417a", KindString)
	bench("round", m(Round(1)), "48.85837", KindNumber)
	bench("bucket", m(Bucket(BucketOptions{Width: "10"})), "37", KindNumber)
	bench("time/rfc3339", m(TimeTruncate(TimeHour)), "2026-11-21T21:05:33.123Z", KindString)
	bench("geohash", m(Geohash(6, PlaceOptions{})), "39.9042,116.4074", KindString)
	bench("s2", m(S2(13, PlaceOptions{})), "39.9042,116.4074", KindString)
	bench("s2/gcj02", m(S2(13, PlaceOptions{CRS: GCJ02})), "39.9042,116.4074", KindString)
	bench("grid", m(Grid(1000, PlaceOptions{})), "39.9042,116.4074", KindString)
	bench("map/tac", m(Map(MapOptions{By: MapTAC, Keys: []string{"35693803"}, Values: []string{"Phone A"}})), "356938035643809", KindString)
	bench("url", URL(URLPath), "https://shop.example.com:8443/users/alice/orders/10023?q=x#y", KindString)
	bench("hash_bucket", m(HashBucket(HashBucketOptions{Subkey: testSubkey(), Class: detect.IMEI, Buckets: 16})), "356938035643809", KindString)
	bench("time/millis", m(TimeTruncate(TimeHour)), "1795295133123", KindNumber)
}
