package stream

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestRelay(t *testing.T) {
	const partitions, perPartition = 4, 2500
	names := []string{"a", "b", "c"}
	l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a", "out.b", "out.c", "quarantine"))
	var records []*kgo.Record
	for id := range perPartition {
		for p := range partitions {
			records = append(records, &kgo.Record{Topic: "in", Partition: int32(p), Value: jsonValue(p, id)})
		}
	}
	l.produce(records...)

	proxy := l.start(l.config(keepRoute(t, "in", names...)))
	for _, name := range names {
		for p, got := range byPartition(l.consume("out."+name, len(records))) {
			if len(got) != perPartition {
				t.Errorf("out.%s/%d: %d records, want %d", name, p, len(got), perPartition)
			}
			for id, r := range got {
				if want := jsonValue(int(p), id); !bytes.Equal(r.Value, want) {
					t.Fatalf("out.%s/%d: record %d is %s, want %s", name, p, id, r.Value, want)
				}
			}
		}
	}
	proxy.end()
	proxy.books()
}
