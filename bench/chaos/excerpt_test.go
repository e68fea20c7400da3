package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What a double lies in is told from the log: who wrote it, and how that ended.
func TestExcerptTells(t *testing.T) {
	f, err := newFakeCluster(&options{dir: t.TempDir(), seed: 7, delivery: "exactly_once", partitions: 1, session: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	if err := f.create(t.Context(), outputs[0], 1); err != nil {
		t.Fatal(err)
	}
	k, err := kgo.NewClient(append(f.client(), kgo.TransactionalID("writer"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for _, how := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := k.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := k.ProduceSync(t.Context(), &kgo.Record{Topic: outputs[0], Value: []byte("x")}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
	var got strings.Builder
	excerpts(t.Context(), &got, f, []double{{outputs[0], 0, 0, [2]int64{1, 4}}})
	want := `^excerpt of out.analytics, partition 0:
   the leader names as aborted: producer \d+ from offset 0
   0 to 0: 1 records from sequence 0, producer \d+ epoch \d+, leader epoch \d+, [\d:.]+
   1 to 1: 1 records from sequence 1, producer .*
   2: aborted by coordinator epoch \d+, producer .*
   3 to 3: 1 records .*
   4 to 4: 1 records .*
   5: committed by .*
$`
	if !regexp.MustCompile(want).MatchString(got.String()) {
		t.Errorf("got %s\nwant %s", got.String(), want)
	}
}

// Only another offset makes a record that comes again one that is there twice.
func TestReadAgainIsNoDouble(t *testing.T) {
	b := newBook(recipients, 1, true, 0)
	b.issue(0, sent{})
	for _, at := range []int64{5, 5, 9} {
		if !b.arrive(0, 0, 0, at, 0) {
			t.Fatalf("at offset %d it is not known", at)
		}
	}
	if b.reread != 1 || b.duplicated != 1 || len(b.doubles) != 1 || b.doubles[0].at != [2]int64{5, 9} {
		t.Errorf("%d read again, %d twice: %v", b.reread, b.duplicated, b.doubles)
	}
	b.issue(0, sent{spoiled: true})
	b.acknowledged(0, 1, 1)
	for _, at := range []int64{7, 7} {
		b.quarantined(0, 1, at)
	}
	b.quarantined(0, 1, 8)
	if b.close(); b.duplicated != 2 || b.reread != 2 || len(b.doubles) != 2 {
		t.Errorf("%d read again, %d twice after the quarantine", b.reread, b.duplicated)
	}
}

// The diary and the logs of all instances are one story.
func TestDiaryTells(t *testing.T) {
	dir := t.TempDir()
	var d diary
	d.note("broker-kill")
	for slot, at := range []time.Duration{time.Hour, -time.Hour} {
		line := fmt.Sprintf(`{"time":%q,"level":"DEBUG","msg":"retrying","topic":"source","partition":1,"stage":"transaction","error":"slow"}`+"\n"+
			`{"time":%[1]q,"level":"DEBUG","msg":"retrying","topic":"source","partition":2}`+"\n"+`{"half`, time.Now().Add(at).Format(time.RFC3339Nano))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.log", slot)), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got strings.Builder
	d.tell(&got, dir, []int{1})
	want := `^ *[\d:.]+ slot 1, partition 1: retrying transaction slow
 *[\d:.]+ broker-kill
 *[\d:.]+ slot 0, partition 1: retrying transaction slow
$`
	if !regexp.MustCompile(want).MatchString(got.String()) {
		t.Errorf("got %s\nwant %s", got.String(), want)
	}
}
