package stream

import (
	"fmt"
	"testing"

	"redactor/internal/seal"
	"redactor/metrics"
	"redactor/redact"
)

// BenchmarkPoison measures what records that cannot be judged cost, from the
// fetched batch to the batch that is produced, beside good ones of the same
// size: sealed, and as coordinates only. One recipient, eight fields replaced.
func BenchmarkPoison(b *testing.B) {
	_, public, err := seal.NewIdentity()
	if err != nil {
		b.Fatal(err)
	}
	sealer, err := seal.New(public)
	if err != nil {
		b.Fatal(err)
	}
	for _, share := range []int{0, 1, 10, 100} { // of a hundred
		for name, s := range map[string]*seal.Sealer{"coordinates": nil, "sealed": sealer} {
			if share == 0 && s != nil {
				continue
			}
			b.Run(fmt.Sprintf("poison=%d%%/%s", share, name), func(b *testing.B) { poison(b, share, s) })
		}
	}
}

func poison(b *testing.B, share int, s *seal.Sealer) {
	const records = 2000
	var in builder
	in.reset(0)
	for i := range records {
		line := logLine(i)
		if i*share/100 != (i+1)*share/100 {
			line = line[:len(line)-1]
		}
		in.append(1, nil, line, nil)
	}
	raw := in.finish(compressNone, -1, -1, -1, 0)
	prog, err := costProgram(redact.Replace("***"), 0)
	if err != nil {
		b.Fatal(err)
	}
	route := Route{From: "in", Program: prog, To: []Target{{Profile: prog.Profile(0).Name, Topic: "out"}}}
	cfg := &Config{Brokers: []string{"b:1"}, Group: "g", Quarantine: "q", Routes: []Route{route}, Seal: s, Metrics: metrics.New(metrics.Config{})}
	cfg.setDefaults()
	sh := &shared{cfg: cfg, memory: newBudget(cfg.Memory), slabs: new(slabs), batches: new(batches), deflaters: new(deflaters), books: newBooks(cfg.Routes), live: newLive()}
	sh.rules.Store(&ruleset{routes: cfg.Routes, policy: "digest"})
	p, problem := planFor("in", cfg)
	if problem != "" {
		b.Fatal(problem)
	}
	t := newTransformer(newPipeline(sh, p, 0, nil))
	t.follow()
	free, cuts := make(chan *cut, 1), make(chan *cut, 1)
	free <- &cut{ships: newShips(p)}
	timed(b, records, func() {
		c := &chunk{req: fetchRequest{records: raw, slabs: sh.slabs, memory: sh.memory}}
		c.begin(len(raw))
		done := make(chan chunkEnd, 1)
		go func() { done <- t.take(c, free, cuts) }()
		for judged := 0; judged < records; {
			made := <-cuts
			judged += made.records
			q := sh.batches.get(0, 0)
			for i := range made.refused {
				made.refused[i].appendTo(q, p, 0, "digest", 1)
			}
			sh.batches.put(q)
			for i := range made.ships {
				for _, out := range made.ships[i].batches {
					sh.batches.put(out)
				}
			}
			free <- made
		}
		<-done
	})
}
