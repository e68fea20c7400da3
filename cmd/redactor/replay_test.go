package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/pseudonym"
	"redactor/rules"
	"redactor/stream"
)

// A record that is replayed long after has the pseudonyms of its own time: it
// can be joined with the records of then, and with none of now.
func TestReplayInItsOwnEpoch(t *testing.T) {
	day := 24 * time.Hour
	dir, now := t.TempDir(), time.Now().UTC().Truncate(day)
	for _, age := range []int{60, 30, 0} {
		line, err := pseudonym.NewKeyLine()
		if err != nil {
			t.Fatal(err)
		}
		id := pseudonym.EpochID(now.Add(-time.Duration(age) * day))
		if err := os.WriteFile(pseudonym.EpochFile(dir, id), []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	policy, problems := rules.Parse("policy.yaml", []byte(`
apiVersion: redactor/v1
name: small
namespace: acme
fields:
  - {name: user, level: L4, is: account, keys: [user_id]}
profiles:
  p: {key: join, fields: {user: {pseudonym: {epoch: true}}}}
streams:
  - {from: in, to: {p: out}}
`))
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	streams, problems := policy.CompileEpochs(func(string) (*pseudonym.Epochs, error) {
		return pseudonym.LoadEpochs(dir, pseudonym.EpochRules{Rotate: 30 * day, Overlap: 7 * day, Window: time.Hour})
	})
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := stream.NewClient(stream.Config{Brokers: cluster.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), scriptPatience)
	defer cancel()

	made := now.Add(-45 * day)
	again := client.NewReplay(&routes(policy, streams)[0], policy.Digest())
	record := &stream.Original{Topic: "in", Timestamp: made.UnixMilli(), Value: []byte(`{"user_id":"u-1001"}`)}
	got, err := again.Judge(ctx, record, made.Add(time.Second).UnixMilli(), []string{"p"})
	if err != nil || len(got) != 1 || got[0].Reason != "" || got[0].Topic != "out" {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := again.Send(ctx, "in"); err != nil {
		t.Fatal(err)
	}
	// A time that was forged when it was judged first is forged still, however
	// much later that is looked at.
	forged := *record
	forged.Timestamp = made.Add(10 * day).UnixMilli()
	if got, err := again.Judge(ctx, &forged, made.UnixMilli(), []string{"p"}); err != nil || got[0].Reason != "time" {
		t.Errorf("a record from the future of then: %+v, %v", got, err)
	}
	if _, err := again.Judge(ctx, record, made.UnixMilli(), []string{"q"}); err == nil {
		t.Error("a recipient that the policy does not have gets the record")
	}

	reader, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("out"))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	f := reader.PollRecords(ctx, 1)
	if f.Err() != nil {
		t.Fatal(f.Err())
	}
	if value, want := string(f.Records()[0].Value), pseudonym.EpochID(now.Add(-60*day)); !strings.Contains(value, `"`+want+`.`) || f.Records()[0].Timestamp.UnixMilli() > made.UnixMilli() {
		t.Errorf("%s is not of the epoch %s", value, want)
	}
}
