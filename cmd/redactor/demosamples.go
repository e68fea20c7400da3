package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// sampleChoice is how many records there are to choose the shown ones from.
const sampleChoice = 200

// sampleKinds are what is shown: a source topic, and what a record should
// hold, so that as many recipients as possible get it.
var sampleKinds = []struct {
	topic string
	holds string
	title string
}{
	{topicAndroid, `"crash"`, "A device log"},
	{topicUsage, `"crash"`, "A usage event"},
}

// samples shows single records before and after. Each is sent alone, so that
// whatever comes out belongs to it.
func (d *demo) samples(ctx context.Context) error {
	chosen, others := d.chooseSamples()
	for _, r := range others {
		d.gen.send(ctx, r)
	}
	if _, err := d.collectOutputs(ctx); err != nil {
		return err
	}
	for i, r := range chosen {
		if r == nil {
			continue
		}
		d.gen.send(ctx, r)
		outputs, err := d.collectOutputs(ctx)
		if err != nil {
			return err
		}
		if err := d.screen.sample(fmt.Sprintf("%s, topic %s", sampleKinds[i].title, r.Topic), r.Value, d.columns(r.Topic, outputs)); err != nil {
			return err
		}
	}
	return nil
}

// chooseSamples makes records and picks one of each kind.
func (d *demo) chooseSamples() (chosen, others []*kgo.Record) {
	n := int64(sampleChoice)
	if d.opts.records > 0 {
		n = min(n, d.opts.records)
	}
	chosen = make([]*kgo.Record, len(sampleKinds))
	for range n {
		r := d.gen.next()
		if i := d.sampleFor(r, chosen); i >= 0 {
			r, chosen[i] = chosen[i], r
		}
		if r != nil {
			others = append(others, r)
		}
	}
	return chosen, others
}

// sampleFor returns the kind that a record is a better sample of than the one
// that was chosen so far, or -1.
func (d *demo) sampleFor(r *kgo.Record, chosen []*kgo.Record) int {
	good := func(r *kgo.Record, holds string) bool {
		return bytes.Contains(r.Value, []byte(holds)) && !bytes.Contains(r.Value, []byte("child_mode"))
	}
	for i, k := range sampleKinds {
		if r.Topic != k.topic || r.Value == nil {
			continue
		}
		if _, err := leaves(r.Value); err != nil {
			continue
		}
		if chosen[i] == nil || good(r, k.holds) && !good(chosen[i], k.holds) {
			return i
		}
	}
	return -1
}

// collectOutputs waits until everything that was sent is accounted for and
// returns what came out since the last time.
func (d *demo) collectOutputs(ctx context.Context) ([]*kgo.Record, error) {
	s, err := d.until(ctx, "the proxy has taken what was sent", func(s *snapshot) bool {
		return s.sum("redactor_records_consumed_total") >= d.gen.total && d.allBalanced(s)
	})
	if err != nil {
		return nil, err
	}
	d.gen.consumed.Store(d.gen.total)
	return d.readOutputs(ctx, s.sum("redactor_records_produced_total"))
}

// allBalanced reports whether every recipient has accounted for what is due to
// it. That its books balance is not enough: a record may be consumed and not
// routed yet, when a scrape comes between.
func (d *demo) allBalanced(s *snapshot) bool {
	for _, p := range d.proxy.profiles {
		if b := s.books(p); !b.balanced() || b.routed != d.due(p) {
			return false
		}
	}
	return true
}

// readOutputs reads the output topics until so many records were seen in all.
func (d *demo) readOutputs(ctx context.Context, total int64) ([]*kgo.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out []*kgo.Record
	for {
		if seen, _ := d.check.result(); seen >= total {
			return out, nil
		}
		records, err := d.check.poll(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the output topics: %w", err)
		}
		out = append(out, records...)
	}
}

// columns arranges the outputs of one record by recipient.
func (d *demo) columns(source string, outputs []*kgo.Record) []column {
	var cols []column
	for _, t := range d.proxy.targets(source) {
		c := column{title: t.Profile, note: "not sent, as its filters say"}
		for _, r := range outputs {
			if r.Topic == t.Output(source) {
				c.record = r.Value
			}
		}
		cols = append(cols, c)
	}
	return cols
}
