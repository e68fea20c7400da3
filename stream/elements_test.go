package stream

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/redact"
)

// ndjsonRoute is a route of NDJSON whose recipient b quarantines the unknown.
func ndjsonRoute(t *testing.T) Route {
	t.Helper()
	prog, err := redact.Compile(redact.Spec{
		Format: redact.Format{Kind: redact.FormatNDJSON},
		Fields: []redact.Field{{Name: "id", Level: 1, Keys: []string{"id"}}},
		Profiles: []redact.Profile{
			{Name: "a", Transforms: []redact.Transform{redact.Keep()}},
			{Name: "b", Transforms: []redact.Transform{redact.Keep()}, Unknown: redact.UnknownQuarantine},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return Route{From: "in", Program: prog, To: []Target{{Profile: "a", Topic: "out.a"}, {Profile: "b", Topic: "out.b"}}}
}

// A bad line of a record is left out; the others go to the recipient, and the
// quarantine says that something is missing.
func TestElementsLeftOut(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	l.produce(&kgo.Record{Topic: "in", Value: []byte("{\"id\":1}\n{bad\n{\"id\":2}\n{\"x\":1}\n")}, &kgo.Record{Topic: "in", Value: []byte("{\"id\":3}\n")})
	proxy := l.start(l.config(ndjsonRoute(t)))
	for name, want := range map[string]string{"a": "{\"id\":1}\n{\"id\":2}\n{}\n", "b": "{\"id\":1}\n{\"id\":2}\n"} {
		got := l.consume("out."+name, 2)
		if string(got[0].Value) != want || string(got[1].Value) != "{\"id\":3}\n" {
			t.Errorf("out.%s: %q %q", name, got[0].Value, got[1].Value)
		}
	}
	q := quarantined(t, l.consume("quarantine", 1))[0]
	if q.Reason != "parse" || q.Offset != 0 || !q.Partial || !slices.Equal(q.Recipients, []string{"a", "b"}) {
		t.Errorf("quarantine: %+v", q)
	}
	proxy.end()
	proxy.books()
	for _, b := range proxy.Snapshot().Recipients {
		if b.Produced != 2 || b.Failed != 0 {
			t.Errorf("%s: %+v", b.Profile, b)
		}
	}
}

// A partition that stops at what cannot be judged stops at a part of a record
// too.
func TestElementsStop(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	l.produce(&kgo.Record{Topic: "in", Value: []byte("{\"id\":0}")}, &kgo.Record{Topic: "in", Value: []byte("{\"id\":1}\n{bad")})
	r := ndjsonRoute(t)
	r.OnError = OnErrorStop
	proxy := l.start(l.config(r))
	proxy.until("the stop", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStopped })
	proxy.end()
	proxy.books()
	if got := l.consume("out.a", 1); string(got[0].Value) != `{"id":0}` {
		t.Errorf("out.a: %q", got[0].Value)
	}
}
