package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// realCluster is three of Apache's brokers on loopback, every topic on all of
// them, two of which must have what is acknowledged.
type realCluster struct {
	script, dir string
	addresses   []string // where clients of the harness go
	net         []*relay
	kills       int
}

// versions are those that harness and CI break: 4.3 and 4.4 break what they
// promise themselves, to any producer, when a partition is without a leader as a
// transaction ends (KAFKA-20734). REDACTOR_KAFKA_VERSION takes others.
const versions = "4.2.2 4.1.1 3.9.1"

func newRealCluster(ctx context.Context, o *options) (*realCluster, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOMOD: %w", err)
	}
	k := &realCluster{script: filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), ".ci", "kafka"), dir: filepath.Join(o.dir, "kafka")}
	ports, err := k.ports()
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "chaos: starting three brokers")
	cmd := exec.CommandContext(ctx, k.script, "start", "--brokers", "3", "--relay", strconv.Itoa(ports), "--dir", k.dir)
	cmd.Stderr = os.Stderr
	if os.Getenv("REDACTOR_KAFKA_VERSION") == "" {
		cmd.Env = append(os.Environ(), "REDACTOR_KAFKA_VERSION="+versions)
	}
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.script, err)
	}
	lines := strings.Fields(string(out))
	if len(lines) != 2 {
		return nil, fmt.Errorf("%s: two lines of addresses are wanted", k.script)
	}
	k.addresses = strings.Split(lines[0], ",")
	for i, target := range strings.Split(lines[1], ",") {
		r, err := newRelay(net.JoinHostPort("127.0.0.1", strconv.Itoa(ports+i)), target)
		if err != nil {
			k.close()
			return nil, err
		}
		k.net = append(k.net, r)
	}
	return k, nil
}

// ports finds three that are free one after the other, below those that Linux
// hands out by itself.
func (k *realCluster) ports() (int, error) {
next:
	for range 50 {
		base := 15_000 + rand.IntN(4000)
		for i := range 3 {
			ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(base+i)))
			if err != nil {
				continue next
			}
			ln.Close()
		}
		return base, nil
	}
	return 0, errors.New("no three free ports in a row")
}

func (k *realCluster) client() []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(k.addresses...), kgo.ClientID("chaos-harness"), kgo.AlwaysRetryEOF(), kgo.MetadataMinAge(100 * time.Millisecond), kgo.MetadataMaxAge(5 * time.Second),
		kgo.DialTimeout(5 * time.Second), kgo.RetryBackoffFn(func(int) time.Duration { return 100 * time.Millisecond })}
}

func (k *realCluster) bootstrap() (all []string) {
	for _, r := range k.net {
		all = append(all, r.address())
	}
	return all
}

func (k *realCluster) relays() []*relay { return k.net }

func (k *realCluster) create(ctx context.Context, topic string, partitions int) error {
	c, err := kgo.NewClient(k.client()...)
	if err != nil {
		return err
	}
	defer c.Close()
	req := kmsg.NewPtrCreateTopicsRequest()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, int32(partitions), 3
	req.Topics, req.TimeoutMillis = append(req.Topics, t), 20_000
	for {
		resp, err := req.RequestWith(ctx, c)
		if err == nil {
			err = kerr.ErrorForCode(resp.Topics[0].ErrorCode)
		}
		if err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
			return k.known(ctx, c, topic)
		}
		if pause(ctx, 500*time.Millisecond); ctx.Err() != nil {
			return err
		}
	}
}

// known waits until every broker knows the topic: an instance that asks one that
// does not waits for kafka.topic_wait, and brokers of a busy machine take longer.
func (k *realCluster) known(ctx context.Context, c *kgo.Client, topic string) error {
	for n := int32(1); n <= 3; {
		req := kmsg.NewPtrMetadataRequest()
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(topic)
		req.Topics = append(req.Topics, t)
		resp, err := c.Broker(int(n)).Request(ctx, req)
		if err == nil {
			if m := resp.(*kmsg.MetadataResponse); len(m.Topics) == 1 && m.Topics[0].ErrorCode == 0 {
				n++
				continue
			}
		}
		if pause(ctx, 100*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (k *realCluster) faults() []fault {
	// One broker is away at a time: with two of three everything acknowledged is
	// still in two places, and must come out.
	away := func(how string) func(context.Context, *rand.Rand) error {
		return func(ctx context.Context, rng *rand.Rand) error {
			n := 1 + rng.IntN(3)
			if err := k.run(how, n); err != nil {
				return err
			}
			if how == "kill" {
				k.kills++
			}
			pause(ctx, time.Duration(rng.IntN(4000))*time.Millisecond)
			return k.run("up", n)
		}
	}
	return []fault{
		{"broker-kill", 3, away("kill")},
		{"broker-down", 1, away("down")}, // it hands its leaders over first
		{"broker-freeze", 1, k.freeze},
		{"leader-election", 1, k.elect},
	}
}

// freeze stops a broker and has it go on, after a while that may be longer than
// the controller waits for it: others lead then what it believes that it leads,
// and what lies in its sockets is of long ago.
func (k *realCluster) freeze(ctx context.Context, rng *rand.Rand) error {
	n := 1 + rng.IntN(3)
	if err := k.run("freeze", n); err != nil {
		return err
	}
	pause(ctx, time.Second+time.Duration(rng.IntN(9000))*time.Millisecond)
	return k.run("thaw", n)
}

// run calls the script. It waits until the broker answers, or is gone.
func (k *realCluster) run(verb string, n int) error {
	out, err := exec.Command(k.script, verb, strconv.Itoa(n), "--dir", k.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %d: %w\n%s", verb, n, err, out)
	}
	return nil
}

// elect gives every partition back to the leader that it was created with.
func (k *realCluster) elect(ctx context.Context, _ *rand.Rand) error {
	c, err := kgo.NewClient(k.client()...)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req := kmsg.NewPtrElectLeadersRequest()
	req.Topics, req.TimeoutMillis = nil, 10_000
	if _, err = req.RequestWith(ctx, c); ctx.Err() != nil {
		return nil
	}
	return err
}

func (k *realCluster) tend(context.Context) {}

func (k *realCluster) calm() {}

func (k *realCluster) killed() int { return k.kills }

func (k *realCluster) forget(string, int32, int64) {} // it has disks

func (k *realCluster) close() {
	for _, r := range k.net {
		r.close()
	}
	// The folder goes with its data when there was nothing to find in it: see start.
	if out, err := exec.Command(k.script, "stop", "--keep", "--dir", k.dir).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "chaos: stop: %v\n%s", err, out)
	}
}
