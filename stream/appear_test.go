package stream

import (
	"bytes"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A topic that was created just now may not be known to the broker that is
// asked: the start waits for it, and says so once.
func TestTopicsAppear(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "quarantine"))
	l.feed(1, 0, 3)
	asked := make(chan struct{}, 2) // times that the missing topic was asked for, the first two
	l.cluster.ControlKey(int16(kmsg.Metadata), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if slices.ContainsFunc(r.(*kmsg.MetadataRequest).Topics, func(t kmsg.MetadataRequestTopic) bool { return *t.Topic == "out.a" }) {
			select {
			case asked <- struct{}{}:
			default:
			}
		}
		return nil, nil, false
	})
	var said bytes.Buffer
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.TopicWait, cfg.Logger = labDeadline, logTo(&said)
	proxy := l.start(cfg)
	<-asked
	<-asked // the first look has failed
	if proxy.Started() {
		t.Error("it counts as started without its output")
	}
	if err := l.cluster.CreateTopic("out.a", 1, nil); err != nil {
		t.Fatal(err)
	}
	l.consume("out.a", 3)
	proxy.end()
	proxy.books()
	if n := strings.Count(said.String(), "waiting for them"); n != 1 || !strings.Contains(said.String(), "the output topic of a, out.a, does not exist") {
		t.Errorf("%d lines say that it waits:\n%s", n, said.String())
	}
}

// A topic that never appears is a mistake when the wait is over; what no
// waiting mends is told at once, whatever else is missing.
func TestTopicsDoNotAppear(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(4, "in"), kfake.SeedTopics(2, "out.b", "quarantine"))
	var asked atomic.Int64
	l.cluster.ControlKey(int16(kmsg.Metadata), func(kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		asked.Add(1)
		return nil, nil, false
	})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.TopicWait = 300 * time.Millisecond
	begun := time.Now()
	if got := problemsOf(t, l, cfg); !strings.Contains(got, "out.a, does not exist") {
		t.Errorf("problems: %s", got)
	}
	if waited := time.Since(begun); waited < cfg.TopicWait || asked.Load() < 4 {
		t.Errorf("it gave up after %s and %d requests", waited, asked.Load())
	}
	cfg = l.config(keepRoute(t, "in", "b"), keepRoute(t, "nowhere", "a"))
	cfg.TopicWait = 10 * labDeadline // the test would end before
	if got := problemsOf(t, l, cfg); !strings.Contains(got, "out.b of b has 2 partitions") || !strings.Contains(got, "nowhere, does not exist") {
		t.Errorf("problems: %s", got)
	}
}

// Whoever stops a proxy that waits for a topic does not wait for it too.
func TestEndWhileTopicsAreMissing(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.TopicWait = 10 * labDeadline
	asked := make(chan struct{})
	l.cluster.ControlKey(int16(kmsg.Metadata), func(r kmsg.Request) (kmsg.Response, error, bool) {
		if !slices.ContainsFunc(r.(*kmsg.MetadataRequest).Topics, func(t kmsg.MetadataRequestTopic) bool { return *t.Topic == "out.a" }) {
			l.cluster.KeepControl()
			return nil, nil, false
		}
		close(asked)
		return nil, nil, false
	})
	proxy := l.start(cfg)
	<-asked
	proxy.stop()
	<-proxy.done
	if proxy.err != nil {
		t.Errorf("it ended with %v", proxy.err)
	}
}
