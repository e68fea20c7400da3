package stream

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"redactor/internal/seal"
	"redactor/metrics"
	"redactor/redact"
)

// Config is everything that a Proxy needs. Fields without a default are marked
// required.
type Config struct {
	Brokers  []string // required: host:port of some brokers; the others are learned from these
	ClientID string   // as brokers log and meter it; default "redactor"
	TLS      *TLS     // nil: no TLS
	SASL     *SASL    // nil: no authentication

	Delivery        Delivery
	Transaction     Transaction
	TransactionalID string // how the transactional ids of ExactlyOnce begin; default "redactor"

	Group      string     // required: the consumer group that instances share
	Start      Start      // where a partition begins that the group has never committed
	OutOfRange OutOfRange // what to do when the committed offset is not in the log any more

	Routes     []Route // required
	Quarantine string  // topic; required when a route quarantines
	Policy     string  // digest of the policy, for quarantine records

	// Seal puts the records themselves into the quarantine, for whoever holds
	// the identity. Nil: coordinates only.
	Seal *seal.Sealer

	// Throttle is the most bytes per second of each profile, before
	// compression. The pipelines go at the pace of their slowest recipient.
	Throttle map[string]int64

	Batch   Batch
	Fetch   Fetch
	Memory  int64         // bytes for the records of all partitions together; default 512 MiB
	Drain   time.Duration // what is under way may take this long when the proxy stops; default 30 s
	Refresh time.Duration // how often to look for new topics and partitions; default 10 s

	// TopicWait is how long Run waits at the start for topics that no broker
	// knows: one that was created just now may not have been heard of by the
	// broker that is asked. 0: not at all.
	TopicWait time.Duration

	// DeliveryTimeout is how long an output may refuse before the partition
	// counts as stalled: it is logged, shown, and the proxy is not ready any
	// more. Nothing is skipped: it goes on trying. Default 2 min.
	DeliveryTimeout time.Duration
	RequestTimeout  time.Duration // of one request; default 10 s

	Session   time.Duration // without heartbeats the group gives our partitions away; default 10 s
	Heartbeat time.Duration // also how soon a rebalance is noticed; default 1 s, or a quarter of a shorter Session
	Rebalance time.Duration // the group waits so long for members to give partitions back; default 3 sessions: one to notice, one to drain, one to spare

	// DryRun does everything but producing and committing. It reads under a
	// group of its own, so that a live proxy keeps its partitions; records
	// count as produced when they would have been.
	DryRun bool

	// Exemplars attaches the trace id of a record's traceparent header to its
	// observation in end_to_end_seconds. It is for who may see traces of raw
	// records: the id says which record of the source it was.
	Exemplars bool

	// Holds says which recipients are held back; default: a set of the
	// proxy's own.
	Holds *Holds

	// Canaries are planted values that the guards look for; nil is none.
	Canaries *redact.Canaries

	Metrics *metrics.Metrics // required
	Logger  *slog.Logger     // default: discards
}

// Route sends the records of the topics that match From through Program.
type Route struct {
	From    string // a topic, or a pattern in which * stands for any characters
	Program *redact.Program
	To      []Target // one for each of the program's profiles, in their order
	OnError OnError
}

// Target is where one recipient's records go.
type Target struct {
	Profile string
	Topic   string // {topic} stands for the name of the source topic
	Stamp   string // value of the header StampHeader on every record; "" for none
	Breaker Breaker
}

// StampHeader tells a recipient which policy made a record.
const StampHeader = "x-redactor-policy"

// Start says where a partition begins that has no committed offset.
type Start uint8

const (
	StartEarliest Start = iota // at its first record
	StartLatest                // at its end; earlier records are never read
)

// OutOfRange says how to go on when retention, or a topic created anew, took
// the records away that were next.
type OutOfRange uint8

const (
	OutOfRangeEarliest OutOfRange = iota // at the first record there is
	OutOfRangeLatest                     // at the end: what is in between is lost
	OutOfRangeFail                       // nowhere: the partition stops until an operator resets the group's offset
)

// OnError says what becomes of a record that cannot be judged. None of these
// lets it through.
type OnError uint8

const (
	OnErrorQuarantine OnError = iota // its coordinates and the reason go to the quarantine topic
	OnErrorStop                      // its partition stops before it
	OnErrorDrop                      // it is counted and forgotten
)

// Batch bounds the batches that are produced.
type Batch struct {
	Records     int           // default 10,000
	Bytes       int           // before compression; default 900 KiB, below the brokers' own default limit
	Wait        time.Duration // how long a small batch may wait for more; default 10 ms
	Compression string        // none, gzip, snappy, lz4, zstd; default none
}

// Fetch bounds what is read at once.
type Fetch struct {
	Bytes    int           // per partition and request; default 1 MiB
	MaxWait  time.Duration // how long a broker holds a request for a quiet partition; default 500 ms
	MaxBatch int           // bytes that one batch may inflate to; default 64 MiB
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func (c *Config) setDefaults() {
	setDefault(&c.ClientID, "redactor")
	setDefault(&c.Batch.Records, 10_000)
	setDefault(&c.Batch.Bytes, 900<<10)
	setDefault(&c.Batch.Compression, "none")
	setDefault(&c.Batch.Wait, 10*time.Millisecond)
	setDefault(&c.Fetch.Bytes, 1<<20)
	setDefault(&c.Fetch.MaxWait, 500*time.Millisecond)
	setDefault(&c.Fetch.MaxBatch, 64<<20)
	setDefault(&c.TransactionalID, "redactor")
	setDefault(&c.Transaction.Interval, 200*time.Millisecond)
	setDefault(&c.Transaction.Records, 100_000)
	setDefault(&c.Transaction.Bytes, 64<<20)
	setDefault(&c.Transaction.Timeout, TransactionTimeout)
	setDefault(&c.Memory, 512<<20)
	setDefault(&c.Drain, 30*time.Second)
	setDefault(&c.Refresh, 10*time.Second)
	setDefault(&c.DeliveryTimeout, 2*time.Minute)
	setDefault(&c.RequestTimeout, 10*time.Second)
	setDefault(&c.Session, 10*time.Second)
	setDefault(&c.Rebalance, 3*c.Session)
	setDefault(&c.Heartbeat, min(time.Second, c.Session/4))
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.DryRun {
		c.Group += ".dry-run"
	}
}

// validate finds what can be known without a broker, all of it at once.
func (c *Config) validate() error {
	var bad []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			bad = append(bad, fmt.Errorf(format, args...))
		}
	}
	need(len(c.Brokers) > 0, "no brokers")
	need(c.Group != "", "no consumer group")
	need(len(c.Routes) > 0, "no routes")
	need(c.Metrics != nil, "no metrics")
	need(c.Batch.Records > 0 && c.Batch.Bytes > 0, "the limits of a batch must be positive")
	_, known := parseCompression(c.Batch.Compression)
	need(known, "unknown compression %q: none, gzip, snappy, lz4 or zstd", c.Batch.Compression)
	need(c.Fetch.Bytes > 0 && c.Fetch.MaxBatch > 0, "the limits of a fetch must be positive")
	need(c.Transaction.Interval > 0 && c.Transaction.Records > 0 && c.Transaction.Bytes > 0, "the limits of a transaction must be positive")
	need(c.Transaction.Interval < c.Transaction.Timeout, "transactions of %s do not fit into their timeout of %s", c.Transaction.Interval, c.Transaction.Timeout)
	for profile, rate := range c.Throttle {
		need(rate > 0, "the throttle of %s must be positive", profile)
	}
	need(c.Memory > 0, "the memory must be positive")
	need(c.Heartbeat < c.Session/2, "heartbeat %s: at least two must fit into the session of %s", c.Heartbeat, c.Session)
	for i := range c.Routes {
		r := &c.Routes[i]
		need(r.From != "", "route %d: no source topic", i+1)
		need(r.Program != nil, "route %q: no program", r.From)
		need(len(r.To) > 0, "route %q: no recipients", r.From)
		if r.Program != nil {
			need(r.Program.Profiles() == len(r.To), "route %q: %d recipients for %d profiles", r.From, len(r.To), r.Program.Profiles())
			for j := range min(len(r.To), r.Program.Profiles()) {
				need(r.To[j].Profile == r.Program.Profile(j).Name, "route %q: recipient %d is %q and the program has %q there", r.From, j+1, r.To[j].Profile, r.Program.Profile(j).Name)
			}
		}
		need(r.OnError != OnErrorQuarantine || c.Quarantine != "", "route %q quarantines, and there is no quarantine topic", r.From)
		for _, t := range r.To {
			need(t.Profile != "", "route %q: a recipient without a profile", r.From)
			need(t.Topic != "", "route %q: no output topic for %s", r.From, t.Profile)
		}
	}
	if err := errors.Join(bad...); err != nil {
		return fmt.Errorf("stream configuration: %w", err)
	}
	return nil
}

// outputTopic is the topic that t names for a source topic.
func (t *Target) outputTopic(source string) string {
	return strings.ReplaceAll(t.Topic, "{topic}", source)
}

// startOffset is the offset that stands for where a new partition begins.
func (s Start) offset() int64 {
	if s == StartLatest {
		return kafka.LastOffset
	}
	return kafka.FirstOffset
}
