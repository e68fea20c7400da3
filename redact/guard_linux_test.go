package redact

import (
	"os"
	"runtime/debug"
	"syscall"
	"testing"
)

// fenced returns memory of whole pages with a page on both sides that nobody
// may touch: a read or write beside it faults.
func fenced(t *testing.T, pages int) []byte {
	t.Helper()
	page := os.Getpagesize()
	all, err := syscall.Mmap(-1, 0, (pages+2)*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no memory map: %v", err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	for _, p := range [][]byte{all[:page], all[len(all)-page:]} {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			t.Skipf("no protection: %v", err)
		}
	}
	return all[page : len(all)-page]
}

// TestStaysInside: words are loaded and stored without a check of their own. No
// byte of another page is read before or behind a record, however it is cut, and
// none behind the capacity of the output is written.
func TestStaysInside(t *testing.T) {
	debug.SetPanicOnFault(true)
	in, out := fenced(t, 4), fenced(t, 4)
	var machines []*Machine
	for _, tr := range []Transform{stars(), must(t)(Mask(MaskOptions{})), must(t)(Mask(MaskOptions{KeepFirst: 3, KeepLast: 2}))} {
		machines = append(machines, compile(t, keySpec(tr, anyDepth...)).NewMachine())
	}
	try := func(record []byte, room int) {
		end := in[len(in)-len(record):]
		start := in[:len(record):len(record)]
		dst := out[len(out)-room:][:0:room]
		for _, m := range machines {
			copy(end, record)
			m.Scan(end)
			m.Render(dst, 0)
			copy(start, record)
			m.Scan(start)
			m.Render(dst, 0)
		}
	}
	records := append(flatRecords(4), nestedRecords(2)...)
	for _, r := range records[:5] {
		records = append(records, spaced(r))
	}
	for _, s := range malformed {
		records = append(records, []byte(s))
	}
	for _, r := range records {
		for n := range r {
			try(r[:n], n)
		}
		for room := max(0, len(r)-200); room < len(r)+32; room++ {
			try(r, room)
		}
	}
}
