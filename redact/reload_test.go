package redact

import (
	"bytes"
	"sync"
	"sync/atomic"
	"testing"
)

// TestSharedUnderReload: many Machines run one Program while others are compiled
// and take its place, and what comes out is what one Machine alone makes, each
// time and however often it is asked. The race detector looks at the rest.
func TestSharedUnderReload(t *testing.T) {
	records := append(flatRecords(40), nestedRecords(20)...)
	spec := func() Spec { return catalogSpec(3) }
	first := compile(t, spec())
	var want [][]byte
	alone := first.NewMachine()
	for _, r := range records {
		alone.Scan(r)
		for i := range first.Profiles() {
			out, _ := alone.Render(nil, i)
			want = append(want, out)
		}
	}
	var current atomic.Pointer[Program]
	current.Store(first)
	var machines sync.WaitGroup
	for range 4 {
		machines.Go(func() {
			for range 5 {
				p := current.Load()
				m := p.NewMachine()
				for n, r := range records {
					m.Scan(r)
					for i := range p.Profiles() {
						for range 2 {
							if out, v := m.Render(nil, i); v.Outcome != Passed || !bytes.Equal(out, want[n*p.Profiles()+i]) {
								t.Errorf("record %d, profile %d: %v\n%s", n, i, v, out)
								return
							}
						}
					}
				}
			}
		})
	}
	for range 5 {
		p, err := Compile(spec())
		if err != nil {
			t.Error(err)
			break
		}
		current.Store(p)
	}
	machines.Wait()
}
