package redact

import (
	"strconv"
	"strings"
	"testing"

	"redactor/detect"
	"redactor/pseudonym"
)

func TestHashBucket(t *testing.T) {
	m := must(t)
	make := func(n int, class detect.Class, key string) Transform {
		return m(HashBucket(HashBucketOptions{Subkey: pseudonym.TestSecret(key).Subkey("acme", "a", "a", "imei", "0"), Class: class, Buckets: n}))
	}
	imei, other := make(16, detect.IMEI, "k"), make(16, detect.IMEI, "other")
	one := run(t, imei, "356938035643809", KindString)
	if one.shape != ShapePlain {
		t.Fatal(one)
	}
	for _, same := range []string{"35-693803-564380-9", "35693803564380"} {
		if got := run(t, imei, same, KindString); got != one {
			t.Errorf("%s: %v, want %v", same, got, one)
		}
	}
	if got := run(t, imei, "356938035643809", KindNumber); got != number(one.out) {
		t.Errorf("the number: %v, want %v", got, one)
	}
	if got := run(t, imei, "000000000000000", KindString); got != null {
		t.Error("nobody:", got)
	}
	if got := run(t, imei, "true", KindBool); got != unfit {
		t.Error("a boolean:", got)
	}
	test := m(HashBucket(HashBucketOptions{Subkey: testSubkey(), Class: detect.IMEI, Buckets: 16, Test: true}))
	if got := run(t, test, "356938035643809", KindNumber); got.shape != ShapePlain || !strings.HasPrefix(got.out, "test_") {
		t.Error("with a test key:", got)
	}
	for _, n := range []int{0, 1, 4097} {
		if _, err := HashBucket(HashBucketOptions{Subkey: testSubkey(), Buckets: n}); err == nil {
			t.Errorf("%d buckets", n)
		}
	}
	if _, err := HashBucket(HashBucketOptions{Buckets: 8}); err == nil {
		t.Error("without a key")
	}
	// Values spread evenly, and under another key otherwise. The bounds are six
	// standard deviations of a binomial distribution wide.
	const values, buckets = 16000, 16
	var counts [buckets]int
	same := 0
	for i := range values {
		v := "u-" + strconv.Itoa(i)
		a, b := run(t, imei, v, KindString), run(t, other, v, KindString)
		n, err := strconv.Atoi(a.out)
		if err != nil || n < 0 || n >= buckets {
			t.Fatal(a)
		}
		counts[n]++
		if a == b {
			same++
		}
	}
	for n, c := range append(counts[:], same) {
		if c < 1000-6*31 || c > 1000+6*31 {
			t.Errorf("bucket %d: %d of %d", n, c, values)
		}
	}
}
