package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/internal/synth"
	"redactor/redact"
)

// defect is what a proxy may do wrong. It gets each output record on its way,
// and returns what is sent in its place.
type defect func(n int, r *kgo.Record, raw []byte) []*kgo.Record

// A harness that finds nothing proves nothing: here the proxy is a loop of a
// few lines, and each way of breaking it shows in the counter that is meant for
// it, and in no other.
func TestBrokenProxyShows(t *testing.T) {
	as := func(r *kgo.Record, change func(*kgo.Record)) []*kgo.Record {
		other := *r
		change(&other)
		return []*kgo.Record{&other}
	}
	var held *kgo.Record
	for _, c := range []struct {
		name        string
		isolation   kgo.IsolationLevel
		atLeastOnce bool
		defect      defect
		want        string
	}{
		{"nothing", kgo.ReadCommitted(), false, nil, "lost 0 duplicated 0 disordered 0 aborted 0 leaked 0"},
		{"loses one", kgo.ReadCommitted(), false, func(n int, r *kgo.Record, _ []byte) []*kgo.Record {
			if n == 100 {
				return nil
			}
			return []*kgo.Record{r}
		}, "lost 1 duplicated 0 disordered 0 aborted 0 leaked 0"},
		{"sends one twice", kgo.ReadCommitted(), false, func(n int, r *kgo.Record, _ []byte) []*kgo.Record {
			if n == 100 {
				return append(as(r, func(*kgo.Record) {}), r)
			}
			return []*kgo.Record{r}
		}, "lost 0 duplicated 1 disordered 0 aborted 0 leaked 0"},
		{"sends one twice, at least once", kgo.ReadCommitted(), true, func(n int, r *kgo.Record, _ []byte) []*kgo.Record {
			if n == 100 {
				return append(as(r, func(*kgo.Record) {}), r)
			}
			return []*kgo.Record{r}
		}, "lost 0 duplicated 0 disordered 0 aborted 0 leaked 0"},
		{"swaps two", kgo.ReadCommitted(), false, func(n int, r *kgo.Record, _ []byte) []*kgo.Record {
			switch n {
			case 100:
				held = r
				return nil
			case 101:
				return []*kgo.Record{r, held}
			}
			return []*kgo.Record{r}
		}, "lost 0 duplicated 0 disordered 1 aborted 0 leaked 0"},
		{"forwards what was aborted", kgo.ReadUncommitted(), false, nil, "lost 0 duplicated 0 disordered 0 aborted 10 leaked 0"},
		{"changes a byte", kgo.ReadCommitted(), false, func(n int, r *kgo.Record, _ []byte) []*kgo.Record {
			if n == 100 {
				return as(r, func(r *kgo.Record) { r.Value = bytes.Replace(r.Value, []byte(`"seq"`), []byte(`"seq" `), 1) })
			}
			return []*kgo.Record{r}
		}, "lost 2 duplicated 0 disordered 0 aborted 0 leaked 0"}, // the right one did not come, and a wrong one did
		{"changes a timestamp", kgo.ReadCommitted(), false, func(n int, r *kgo.Record, _ []byte) []*kgo.Record {
			if n == 100 {
				return as(r, func(r *kgo.Record) { r.Timestamp = r.Timestamp.Add(time.Millisecond) })
			}
			return []*kgo.Record{r}
		}, "lost 2 duplicated 0 disordered 0 aborted 0 leaked 0"},
		{"forwards one raw", kgo.ReadCommitted(), false, func(n int, r *kgo.Record, raw []byte) []*kgo.Record {
			if n == 100 {
				return as(r, func(r *kgo.Record) { r.Value = raw })
			}
			return []*kgo.Record{r}
		}, "lost 2 duplicated 0 disordered 0 aborted 0 leaked 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := relayed(t, c.isolation, c.atLeastOnce, c.defect)
			if got, want := b.line(0), fmt.Sprintf("records 400 kills 0 %s", c.want); got != want {
				t.Errorf("%s\nwant %s\n%q", got, want, b.problems)
			}
			if clean := b.line(0) == "records 400 kills 0 lost 0 duplicated 0 disordered 0 aborted 0 leaked 0"; clean != b.clean() {
				t.Errorf("clean: %v", b.clean())
			}
			if c.atLeastOnce && b.repeated != 1 {
				t.Errorf("%d duplicates inside the window, want 1", b.repeated)
			}
		})
	}
}

// relayed runs 400 records, two of them spoiled, through a proxy with a defect
// and returns the book.
func relayed(t *testing.T, isolation kgo.IsolationLevel, atLeastOnce bool, d defect) *book {
	o := &options{dir: t.TempDir(), seed: 7, delivery: "exactly_once", partitions: 1, session: time.Second}
	f, err := newFakeCluster(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	for _, topic := range append([]string{topicSource, topicQuarantine}, outputs...) {
		if err := f.create(t.Context(), topic, 1); err != nil {
			t.Fatal(err)
		}
	}
	var dep deployment
	dep.dir = o.dir
	if err := dep.configure(o, f.bootstrap()); err != nil {
		t.Fatal(err)
	}
	b := newBook(recipients, 1, !atLeastOnce, time.Hour)
	oracle := newOracle(o.seed, dep.program, b)
	fill(t, oracle, f)
	sent := redactAll(t, oracle, f, dep.program, isolation, d)
	r, err := newReader(oracle, f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.k.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for r.seen.Load() < int64(sent) {
		if ctx.Err() != nil {
			t.Fatalf("%d of %d records read back", r.seen.Load(), sent)
		}
		r.poll(ctx)
	}
	b.close()
	return b
}

// fill writes the source: 400 records, and five of an aborted transaction.
func fill(t *testing.T, o *oracle, b broker) {
	src, err := newSource(o, b, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer src.k.Close()
	for n := range 400 {
		if err := src.one(0); err != nil {
			t.Fatal(err)
		}
		if n != 200 {
			continue
		}
		k, err := kgo.NewClient(append(b.client(), kgo.TransactionalID("chaos-aborter"))...)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			if err := k.ProduceSync(t.Context(), &kgo.Record{Topic: topicSource, Value: never(i)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
		k.Close()
	}
	if err := src.k.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// redactAll is a proxy: it reads the source to its end, and writes what each
// recipient gets. It returns how many records it has written.
func redactAll(t *testing.T, o *oracle, b broker, prog *redact.Program, isolation kgo.IsolationLevel, d defect) (sent int) {
	in, err := kgo.NewClient(append(b.client(), kgo.ConsumeTopics(topicSource), kgo.FetchIsolationLevel(isolation))...)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := kgo.NewClient(append(b.client(), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	send := func(rs ...*kgo.Record) {
		for _, r := range rs {
			sent++
			if err := out.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	m := prog.NewMachine()
	for n := 0; n < 400; {
		in.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) {
			if id, ok := numberOf(r.Value); !ok || id < neverNumber {
				n++
			}
			if m.Scan(r.Value).Outcome != redact.Passed {
				send(&kgo.Record{Topic: topicQuarantine, Value: fmt.Appendf(nil, `{"topic":"source","partition":0,"offset":%d,"timestamp":%d}`, r.Offset, r.Timestamp.UnixMilli())})
				return
			}
			for i, topic := range outputs {
				value, _ := m.Render(nil, i)
				key, null, _ := m.RenderKey(nil, r.Key, i)
				if null {
					key = nil
				}
				got := &kgo.Record{Topic: topic, Key: key, Value: value, Timestamp: time.UnixMilli(m.RecordTime(r.Timestamp.UnixMilli(), i))}
				if i == 0 && d != nil {
					send(d(n, got, r.Value)...)
					continue
				}
				send(got)
			}
		})
	}
	return sent
}

// What an instance left in its log, in whichever form, is found.
func TestPlantedIsFound(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"logs", "cwd"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	o := &oracle{planted: newPlanted()}
	o.planted.add([]byte("860123456789014"))
	for text, want := range map[string]int{
		`{"msg":"nothing"}`:                               0,
		`{"msg":"bad value 860123456789014"}`:             1,
		`{"msg":"x860123456789014x 860123456789014"}`:     2,
		`a hex dump 383630313233343536373839303134`:       1,
		`base64 eyJpbWVpIjoiODYwMTIzNDU2Nzg5MDE0In0=`:     1, // {"imei":"860123456789014"}
		`base64 W3siaW1laSI6Ijg2MDEyMzQ1Njc4OTAxNCJ9XQ==`: 1, // [{"imei":"860123456789014"}]
		`base64 IHsiaW1laSI6Ijg2MDEyMzQ1Njc4OTAxNCJ9`:     1, // a blank before
		`the first fourteen digits 86012345678901 alone`:  0,
	} {
		if err := os.WriteFile(filepath.Join(dir, "logs", "0.log"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tr := &trial{o: &options{dir: dir}, oracle: o, book: newBook(recipients, 1, true, 0), crew: &crew{}, health: &health{}}
		tr.search()
		if tr.book.leaked != want {
			t.Errorf("%s: %d leaks, want %d", text, tr.book.leaked, want)
		}
	}
}

// A quarantine record is searched all over, but for the timestamp that its
// record is known to have: digits of that may be somebody's by chance.
func TestQuarantineIsSearched(t *testing.T) {
	const ms = 1795239956217
	for value, want := range map[string]string{
		`{"topic":"source","partition":0,"offset":7,"timestamp":1795239956217,"reason":"parse"}`:                        "leaked 0 damaged 0",
		`{"topic":"source","partition":0,"offset":7,"timestamp":1795239956218,"reason":"parse"}`:                        "leaked 0 damaged 1",
		`{"topic":"source","partition":0,"offset":7,"timestamp":1795239956217,"reason":"239956217"}`:                    "leaked 1 damaged 0",
		`{"topic":"source","partition":0,"offset":7,"timestamp":1795239956217,"key":"1795239956217"}`:                   "leaked 1 damaged 0",
		`{"topic":"source","partition":0,"offset":7,"timestamp":1795239956217,"key":"860123456789014 860123456789014"}`: "leaked 2 damaged 0",
	} {
		b := newBook(recipients, 1, true, 0)
		o := &oracle{book: b, planted: newPlanted(), gens: make([]*synth.Gen, 1)}
		o.planted.add([]byte("239956217"))
		o.planted.add([]byte("860123456789014"))
		b.issue(0, sent{spoiled: true, time: ms})
		(&reader{o: o}).quarantined(&kgo.Record{Value: []byte(value)})
		if got := fmt.Sprintf("leaked %d damaged %d", b.leaked, b.damaged); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
