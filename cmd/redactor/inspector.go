package main

import (
	"context"
	"errors"
	"hash/maphash"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/internal/synth"
)

// maxPlanted bounds what the inspector remembers: the made-up people are ten
// thousand with some dozens of identifiers each, and request ids without end.
const maxPlanted = 2_000_000

// inspector reads the output topics, as a recipient would, and looks for raw
// identifiers in them. It shares nothing with the engine that it checks.
type inspector struct {
	client *kgo.Client
	owner  map[string]string // profile by output topic

	mu      sync.Mutex
	seed    maphash.Seed
	planted map[uint64]struct{} // hashes of every raw identifier that was sent

	records int64            // looked at
	found   map[string]int64 // raw identifiers, by profile
}

// newInspector reads the outputs, given as profile by topic.
func newInspector(broker string, outputs map[string]string) (*inspector, error) {
	topics := make([]string, 0, len(outputs))
	for t := range outputs {
		topics = append(topics, t)
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(100e6),
	)
	if err != nil {
		return nil, err
	}
	return &inspector{client: client, owner: outputs, seed: maphash.MakeSeed(), planted: make(map[uint64]struct{}), found: make(map[string]int64)}, nil
}

func (i *inspector) close() { i.client.Close() }

// plant remembers the raw identifiers of a record before it is sent.
func (i *inspector) plant(values []synth.Planted) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, v := range values {
		if len(i.planted) < maxPlanted {
			i.planted[maphash.Bytes(i.seed, v.Value)] = struct{}{}
		}
	}
}

// poll waits for records and looks at them. It returns them for the screen.
func (i *inspector) poll(ctx context.Context) ([]*kgo.Record, error) {
	fetches := i.client.PollRecords(ctx, 2000)
	if err := fetches.Err(); err != nil {
		return nil, err
	}
	records := fetches.Records()
	for _, r := range records {
		i.inspect(r)
	}
	return records, nil
}

// run polls until ctx is done.
func (i *inspector) run(ctx context.Context) error {
	for {
		if _, err := i.poll(ctx); err != nil {
			if ctx.Err() != nil || errors.Is(err, kgo.ErrClientClosed) {
				return nil
			}
			return err
		}
	}
}

// inspect looks for raw identifiers in the key and in each value of a record:
// the value as a whole, and the words in it.
func (i *inspector) inspect(r *kgo.Record) {
	texts := []string{string(r.Key)}
	if r.Value != nil {
		list, err := leaves(r.Value)
		if err != nil {
			list = []leafText{{text: string(r.Value)}}
		}
		for _, l := range list {
			texts = append(texts, l.text)
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.records++
	for _, t := range texts {
		if i.raw(t) {
			i.found[i.owner[r.Topic]]++
		}
	}
}

// raw reports whether a text is a planted identifier or has one among its words.
func (i *inspector) raw(text string) bool {
	if i.known(text) {
		return true
	}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n/?&=;,()[]{}\"'<>", r) }) {
		if len(word) < len(text) && i.known(word) {
			return true
		}
	}
	return false
}

func (i *inspector) known(text string) bool {
	_, ok := i.planted[maphash.String(i.seed, text)]
	return ok
}

// result returns how many records were looked at and how many raw identifiers
// were found in them.
func (i *inspector) result() (records, found int64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, n := range i.found {
		found += n
	}
	return i.records, found
}
