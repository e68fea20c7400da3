package redact

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"redactor/detect"
	"redactor/pseudonym"
)

// TestTableChangesNothing: with values that meet in slots, transforms that meet
// in slots, strings and numbers of the same digits, and values that cannot be
// taken, results are those of a worker that has seen nothing before.
func TestTableChangesNothing(t *testing.T) {
	var trs []Transform
	for _, name := range []string{"a", "b"} {
		ff1, err := pseudonym.TestSecret(name).FF1(10, "acme", "r", "r", "device", "0")
		if err != nil {
			t.Fatal(err)
		}
		trs = append(trs, must(t)(FPE(FPEOptions{Class: detect.IMEI, FF1: ff1})), must(t)(FPE(FPEOptions{Class: detect.Phone, FF1: ff1})))
	}
	r := rand.New(rand.NewPCG(3, 4))
	warm := new(worker)
	for range 30_000 {
		v := appendCheckDigit(fmt.Appendf(nil, "35693803%06d", r.IntN(3000)))
		switch r.IntN(8) {
		case 0:
			v = fmt.Appendf(nil, "%s-%s", v[:8], v[8:])
		case 1:
			v = v[:r.IntN(len(v))]
		case 2:
			v = fmt.Appendf(nil, "1380013%04d", r.IntN(1000))
		}
		tr, k := trs[r.IntN(len(trs))], KindString
		if r.IntN(3) == 0 && len(v) > 0 && v[0] != '0' && !bytes.Contains(v, []byte("-")) {
			k = KindNumber
		}
		got, shape := tr.fn.apply(warm, []byte("x"), v, k)
		want, wantShape := tr.fn.apply(new(worker), []byte("x"), v, k)
		if string(got) != string(want) || shape != wantShape {
			t.Fatalf("%v of %s: %s (%d), without the table %s (%d)", tr, v, got, shape, want, wantShape)
		}
	}
	used := 0
	for i := range warm.results.slots {
		if warm.results.slots[i].owner != nil {
			used++
		}
	}
	if used < 1000 {
		t.Errorf("%d slots are used: the test is of nothing", used)
	}
}

// TestTableHoldsNoValue looks for what went in.
func TestTableHoldsNoValue(t *testing.T) {
	tr := cachedTransforms(t)["ff1"]
	w := new(worker)
	values := benchIMEIs(false)[:2000]
	for _, v := range values {
		tr.fn.apply(w, nil, v, KindString)
	}
	memory := unsafe.Slice((*byte)(unsafe.Pointer(w.results)), unsafe.Sizeof(*w.results))
	out, _ := tr.fn.apply(w, nil, values[0], KindString)
	if !bytes.Contains(memory, out) {
		t.Fatal("the result is not found either: the test looks in the wrong place")
	}
	for _, v := range values {
		if bytes.Contains(memory, v[8:]) { // all have the TAC, which results keep
			t.Fatalf("%s is in the table", v)
		}
	}
}

func TestSlotIsOneLine(t *testing.T) {
	if n := unsafe.Sizeof(resultSlot{}); n != 64 {
		t.Errorf("a slot has %d bytes", n)
	}
}
