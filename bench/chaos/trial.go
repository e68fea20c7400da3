package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// trial is one run: first everything goes wrong, then nothing does, and what
// has not come out by then never will.
type trial struct {
	o *options
	b broker
	d *deployment

	book   *book
	oracle *oracle
	crew   *crew
	chaos  *chaos
	reader *reader
	begun  time.Time
	health *health
	shown  atomic.Int64 // aborted records of the source that another consumer saw

	witnessed progress // of that consumer
}

func (t *trial) run(ctx context.Context) (clean bool, err error) {
	o := t.o
	fmt.Fprintln(os.Stderr, "chaos:", o.replay())
	t.begun = time.Now()
	t.book = newBook(recipients, o.partitions, o.delivery == "exactly_once", o.window())
	t.oracle = newOracle(o.seed, t.d.program, t.book)
	t.crew = &crew{d: t.d, o: o, book: t.book, points: o.points(), kills: make(map[string]int)}
	t.chaos = &chaos{crew: t.crew, broker: t.b, rng: rand.New(rand.NewPCG(o.seed, 'c')), every: o.every, counts: make(map[string]int)}
	t.health = &health{crew: t.crew}
	for i := range o.members {
		m := t.crew.hire(rand.New(rand.NewPCG(o.seed, uint64(i))))
		m.spared = o.soak && i == 0
	}
	if t.reader, err = newReader(t.oracle, t.b); err != nil {
		return false, err
	}
	defer t.reader.k.Close()

	// Whatever goes on until the end; the parts that make trouble have a context of their own.
	var all sync.WaitGroup
	defer all.Wait()
	whole, end := context.WithCancel(ctx)
	defer end()
	failed := make(chan error, o.members+2)
	all.Go(func() { t.reader.run(whole) })
	all.Go(func() { t.b.tend(whole) })
	if o.soak {
		all.Go(func() { t.trim(whole) })
	}
	all.Go(func() { t.watchCommits(whole) })
	all.Go(func() { t.health.run(whole) })
	all.Go(func() { watchSource(whole, t.b, t.book, &t.witnessed, &t.shown) })
	for _, m := range slices.Clone(t.crew.slots) {
		all.Go(func() {
			if err := m.run(whole); err != nil {
				failed <- err
			}
		})
	}
	trouble, calm := context.WithCancel(whole)
	defer calm()
	source, err := newSource(t.oracle, t.b, o.rate)
	if err != nil {
		return false, err
	}
	var troubles sync.WaitGroup
	troubles.Go(func() {
		if err := source.run(trouble); err != nil {
			failed <- fmt.Errorf("source: %w", err)
		}
	})
	troubles.Go(func() { abort(trouble, t.b, rand.New(rand.NewPCG(o.seed, 'a')), o.partitions) })
	troubles.Go(func() { t.chaos.run(trouble) })

	err = t.wait(whole, failed)
	calm()
	t.b.calm()
	t.crew.disarm()
	troubles.Wait()
	for _, r := range t.b.relays() {
		r.heal()
	}
	if err != nil {
		t.crew.kill()
		return false, err
	}
	t.settle(whole)
	t.health.scrape()
	for _, m := range slices.Clone(t.crew.slots) {
		m.halt(45 * time.Second)
	}
	t.quiet(whole)
	excerpts(whole, os.Stdout, t.b, t.book.doubles)
	end()
	all.Wait()
	t.search()
	t.book.close()
	return t.report(), nil
}

// wait lets the chaos go on for as long as was asked for.
func (t *trial) wait(ctx context.Context, failed <-chan error) error {
	progress := time.NewTicker(10 * time.Second)
	defer progress.Stop()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case <-t.o.enough:
			return nil
		case <-progress.C:
			t.progress()
		case <-look.C:
			if time.Since(t.begun) >= t.o.duration && t.book.total() >= t.o.records && t.crew.killed() >= t.o.kills && t.b.killed() >= t.o.brokerKills {
				return nil
			}
		}
	}
}

func (t *trial) progress() {
	b := t.book
	issued, missing := b.total(), b.missing()
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprintf(os.Stderr, "chaos: %4.0f s: %d issued, %d read back, %d under way; %d kills, %d zombies, %d broker kills; duplicated %d disordered %d aborted %d leaked %d damaged %d repeated %d\n",
		time.Since(t.begun).Seconds(), issued, t.reader.seen.Load(), missing, t.crew.killed(), t.crew.frozen, t.b.killed(), b.duplicated, b.disordered, b.aborted, b.leaked, b.damaged, b.repeated)
}

// settle waits until everything has arrived, or nothing has for too long: a
// session, a transaction's timeout and a rebalance one after the other.
func (t *trial) settle(ctx context.Context) {
	const patience = 60 * time.Second
	t.book.touch()
	for next := time.Now().Add(10 * time.Second); t.book.missing() > 0 && t.book.idle() < patience && ctx.Err() == nil; {
		pause(ctx, 100*time.Millisecond)
		if time.Now().After(next) {
			t.progress()
			next = next.Add(10 * time.Second)
		}
	}
}

// quiet reads on after the last instance has left: nothing may come any more.
func (t *trial) quiet(ctx context.Context) {
	const long = 3 * time.Second
	for seen := int64(-1); seen != t.reader.seen.Load() && ctx.Err() == nil; {
		seen = t.reader.seen.Load()
		pause(ctx, long)
	}
}

func (t *trial) watchCommits(ctx context.Context) {
	k, err := kgo.NewClient(t.b.client()...)
	if err != nil {
		return
	}
	defer k.Close()
	watchCommits(ctx, k, t.book)
}

// search looks for planted values in what instances left behind: their logs,
// and whatever else lies where they ran, which nothing should.
func (t *trial) search() {
	for _, sub := range []string{"logs", "cwd"} {
		_ = filepath.WalkDir(filepath.Join(t.o.dir, sub), func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil
			}
			t.book.leak(t.oracle.planted.in(text), sub+"/"+e.Name())
			t.health.searched += int64(len(text))
			if sub == "cwd" {
				t.crew.exits = append(t.crew.exits, "left behind where it ran: "+e.Name())
			}
			return nil
		})
	}
	for _, page := range t.health.pages {
		t.book.leak(t.oracle.planted.in(page), "admin pages")
		t.health.searched += int64(len(page))
	}
}

// report prints what happened, and the line.
func (t *trial) report() (clean bool) {
	b, c := t.book, t.crew
	late := int64(0)
	for _, r := range t.b.relays() {
		late += r.stragglers.Load()
	}
	fmt.Printf("kills by point: %s; %d zombies; %d broker kills; %d requests came late\n", spell(c.kills), c.frozen, t.b.killed(), late)
	fmt.Printf("faults: %s\n", spell(t.chaos.counts))
	fmt.Printf("%d planted values in three encodings searched for in %d bytes of logs and admin pages; every output record compared\n", t.oracle.planted.values, t.health.searched)
	for _, kind := range b.kinds() {
		fmt.Println(b.recovery(kind))
	}
	if len(c.drains) > 0 {
		slices.Sort(c.drains)
		fmt.Printf("SIGTERM to exit: %d times, p50 %s p99 %s max %s\n", len(c.drains), at(c.drains, 0.5), at(c.drains, 0.99), at(c.drains, 1))
	}
	t.health.report(t.o.samples)
	if n := t.shown.Load(); n > 0 {
		fmt.Printf("the cluster showed %d aborted records of the source to another consumer, too\n", n)
	}
	for _, e := range c.exits {
		fmt.Println("exit nobody asked for:", e)
	}
	if !b.exactly {
		fmt.Printf("duplicates inside the window %d, all byte-identical; %d in the quarantine\n", b.repeated, b.again)
	}
	if b.reread > 0 {
		fmt.Printf("the reader went back by itself and read %d records again, where they were before\n", b.reread)
	}
	for _, s := range b.setbacks {
		fmt.Println(s)
	}
	for _, p := range b.problems {
		fmt.Println("problem:", p)
	}
	if !b.clean() {
		fmt.Println("what happened when, in UTC:")
		c.diary.tell(os.Stdout, filepath.Join(t.o.dir, "logs"), b.suspects())
	}
	fmt.Printf("%.0f s; again: %s\n", time.Since(t.begun).Seconds(), t.o.replay())
	fmt.Println(b.line(c.killed()))
	return b.clean()
}

// at is the quantile of a sorted list.
func at(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Round(time.Millisecond)
}

func sortedKeys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }

// disarm lets those that are born from now on live.
func (c *crew) disarm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calm = true
}

// killed is how many instances were killed with SIGKILL.
func (c *crew) killed() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.kills {
		n += k
	}
	return n
}

// kill ends all instances at once.
func (c *crew) kill() {
	for _, m := range slices.Clone(c.slots) {
		m.mu.Lock()
		m.halted = true
		if m.cmd != nil {
			m.asked = "kill"
			_ = m.cmd.Process.Kill()
		}
		m.mu.Unlock()
	}
}
