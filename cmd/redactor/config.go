package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"redactor/internal/seal"
	"redactor/redact"
)

// config is redactor.yaml: what the platform team decides. No rule of the
// policy and no secret stands in it; secrets come by file.
type config struct {
	file string // where it was read from; "" for defaults only

	Policy string
	Kafka  struct {
		Brokers  []string
		Group    string
		ClientID string
		TLS      struct {
			Enabled       bool // tls: is there, if only as {}
			CA, Cert, Key string
			ServerName    string
		}
		SASL struct {
			Mechanism, Username, PasswordFile string
		}
		Start, OutOfRange string
		Delivery          string
		TransactionalID   string
		Session           time.Duration
		TopicWait         time.Duration
	}
	Keys       map[string]keyBinding // by the name that the policy uses
	Audit      struct{ File string }
	Guard      struct{ Canaries string }
	Quarantine struct {
		Topic      string
		Recipients []seal.Recipient // who may read what is in it; none: coordinates only
	}
	Pipeline struct {
		Memory int64
		Batch  struct {
			Records int
			Bytes   int64
			Wait    time.Duration
		}
		Compression string
		Throttle    map[string]int64 // bytes per second by profile
		Transaction struct {
			Interval time.Duration
			Records  int
			Bytes    int64
		}
	}
	Admin struct {
		Listen, TokenFile string
		TLS               struct{ Cert, Key, ClientCA string }
	}
	State    struct{ Dir string }
	Reload   struct{ Watch time.Duration }
	Cache    struct{ Size int64 } // 0: none
	Metrics  struct{ Lag, Exemplars string }
	Log      struct{ Level, Format string }
	Shutdown struct{ Drain, Connect time.Duration }
}

// setting is one leaf of the configuration: where it stands in the file, and
// with "." as "_" in the environment; what it may be; what it is for.
type setting struct {
	path string
	set  func(c *config, v value) error
	help string
	def  string // as the reference shows it
	dir  bool   // a path: relative to the file that names it
	mute bool   // the wrong half of a key pair may stand here: its line is not shown
}

// envName returns the environment variable that overrides the setting.
func (s setting) envName() string {
	return "REDACTOR_" + strings.ToUpper(strings.NewReplacer(".", "_").Replace(s.path))
}

// settings is the whole configuration but for keys, whose names are the
// policy's.
var settings = []setting{
	{path: "policy", dir: true, set: text(func(c *config) *string { return &c.Policy }), help: "policy file"},

	{path: "kafka.brokers", set: addresses, help: "bootstrap brokers, host:port"},
	{path: "kafka.group", set: text(func(c *config) *string { return &c.Kafka.Group }), def: "redactor", help: "consumer group"},
	{path: "kafka.client_id", set: text(func(c *config) *string { return &c.Kafka.ClientID }), def: "redactor", help: "name in the brokers' logs and quotas"},
	{path: "kafka.start", set: choice(func(c *config) *string { return &c.Kafka.Start }, "earliest", "latest"), def: "earliest", help: "where a partition begins that has no committed offset"},
	{path: "kafka.out_of_range", set: choice(func(c *config) *string { return &c.Kafka.OutOfRange }, "earliest", "latest", "fail"), def: "earliest", help: "where to go on when retention took what was next; fail: stop the partition"},
	{path: "kafka.delivery", set: choice(func(c *config) *string { return &c.Kafka.Delivery }, "exactly_once", "at_least_once"), def: "exactly_once", help: "exactly_once: records and offsets in one transaction, for readers with isolation.level=read_committed; at_least_once: offsets after the acknowledgements"},
	{path: "kafka.transactional_id", set: text(func(c *config) *string { return &c.Kafka.TransactionalID }), def: "redactor", help: "how transactional ids begin; -GROUP-TOPIC-PARTITION follows"},
	{path: "kafka.session", set: period(func(c *config) *time.Duration { return &c.Kafka.Session }, 100*time.Millisecond, 30*time.Minute), def: "10s", help: "how long an instance may be silent before others get its partitions; within the brokers' group.min.session.timeout.ms and max"},
	{path: "kafka.topic_wait", set: period(func(c *config) *time.Duration { return &c.Kafka.TopicWait }, 0, 10*time.Minute), def: "5s", help: "how long run waits at the start for topics that the brokers do not know yet before it exits with 78"},
	{path: "kafka.tls.ca", dir: true, set: text(func(c *config) *string { return &c.Kafka.TLS.CA }), help: "CA certificates, PEM; tls: {} alone uses the system's"},
	{path: "kafka.tls.cert", dir: true, set: text(func(c *config) *string { return &c.Kafka.TLS.Cert }), help: "client certificate, PEM"},
	{path: "kafka.tls.key", dir: true, set: text(func(c *config) *string { return &c.Kafka.TLS.Key }), help: "file of the client certificate's key, PEM"},
	{path: "kafka.tls.server_name", set: text(func(c *config) *string { return &c.Kafka.TLS.ServerName }), help: "name to check the brokers' certificates for"},
	{path: "kafka.sasl.mechanism", set: choice(func(c *config) *string { return &c.Kafka.SASL.Mechanism }, "plain", "scram-sha-256", "scram-sha-512"), help: "plain (needs tls), scram-sha-256, scram-sha-512"},
	{path: "kafka.sasl.username", set: text(func(c *config) *string { return &c.Kafka.SASL.Username }), help: "SASL user"},
	{path: "kafka.sasl.password_file", dir: true, set: text(func(c *config) *string { return &c.Kafka.SASL.PasswordFile }), help: "file of the SASL password"},

	{path: "quarantine.topic", set: text(func(c *config) *string { return &c.Quarantine.Topic }), def: "redactor.quarantine", help: "where records go that cannot be judged: coordinates and reason"},
	{path: "quarantine.recipient", mute: true, set: recipients, help: "age public key, age1…, or a list: the records themselves go there too, sealed for it"},

	{path: "pipeline.memory", set: size(func(c *config) *int64 { return &c.Pipeline.Memory }, 16<<20, 1<<40), def: "512MiB", help: "budget of all buffers; fetching waits when it is spent"},
	{path: "pipeline.batch.records", set: number(func(c *config) *int { return &c.Pipeline.Batch.Records }, 1, 1_000_000), def: "10000", help: "most records in an output batch"},
	{path: "pipeline.batch.bytes", set: size(func(c *config) *int64 { return &c.Pipeline.Batch.Bytes }, 1<<10, 1<<30), def: "900KiB", help: "most bytes in an output batch; below the brokers' message.max.bytes"},
	{path: "pipeline.batch.wait", set: period(func(c *config) *time.Duration { return &c.Pipeline.Batch.Wait }, 0, time.Minute), def: "10ms", help: "how long a fetch waits for more records"},
	{path: "pipeline.transaction.interval", set: period(func(c *config) *time.Duration { return &c.Pipeline.Transaction.Interval }, time.Millisecond, 30*time.Second), def: "200ms", help: "longest a transaction of exactly_once stays open; readers see records that much later"},
	{path: "pipeline.transaction.records", set: number(func(c *config) *int { return &c.Pipeline.Transaction.Records }, 1, 100_000_000), def: "100000", help: "most source records in a transaction"},
	{path: "pipeline.transaction.bytes", set: size(func(c *config) *int64 { return &c.Pipeline.Transaction.Bytes }, 1<<10, 1<<40), def: "64MiB", help: "most bytes produced in a transaction"},
	{path: "pipeline.throttle", set: throttles, help: "most bytes per second of a recipient, before compression: [analytics=10MiB, partner=256KiB]"},
	{path: "pipeline.compression", set: choice(func(c *config) *string { return &c.Pipeline.Compression }, "none", "gzip", "snappy", "lz4", "zstd"), def: "none", help: "of output batches"},

	{path: "cache.size", set: size(func(c *config) *int64 { return &c.Cache.Size }, redact.MinCache, 1<<40), help: "cache of slow transforms, shared by all partitions: patterns of the policy over texts that repeat, Laplace noise; none unless set"},

	{path: "admin.listen", set: text(func(c *config) *string { return &c.Admin.Listen }), def: "127.0.0.1:9478", help: "address of the status page, /metrics, /livez, /readyz, /startupz"},
	{path: "admin.token_file", dir: true, set: text(func(c *config) *string { return &c.Admin.TokenFile }), help: "token: who shows it may read and give orders; needed when others can reach the address"},
	{path: "admin.tls.cert", dir: true, set: text(func(c *config) *string { return &c.Admin.TLS.Cert }), help: "certificate of the admin address, PEM: serves HTTPS"},
	{path: "admin.tls.key", dir: true, set: text(func(c *config) *string { return &c.Admin.TLS.Key }), help: "file of its key, PEM"},
	{path: "admin.tls.client_ca", dir: true, set: text(func(c *config) *string { return &c.Admin.TLS.ClientCA }), help: "authority of client certificates, PEM: one of theirs stands for the token"},
	{path: "audit.file", dir: true, set: text(func(c *config) *string { return &c.Audit.File }), help: "hash-chained log of what was done with keys, policies and recipients"},
	{path: "state.dir", dir: true, set: text(func(c *config) *string { return &c.State.Dir }), help: "where run keeps the policies that were accepted; default $STATE_DIRECTORY, as systemd sets it"},
	{path: "reload.watch", set: period(func(c *config) *time.Duration { return &c.Reload.Watch }, 0, time.Hour), def: "5s", help: "how often to look for a changed policy or key; 0s: only SIGHUP and POST /reload"},
	{path: "guard.canaries", dir: true, set: text(func(c *config) *string { return &c.Guard.Canaries }), help: "file of planted values, one a line, that no guarded output may hold in any encoding"},
	{path: "metrics.lag", set: choice(func(c *config) *string { return &c.Metrics.Lag }, "partition", "topic"), def: "partition", help: "one lag series per partition, or per topic"},
	{path: "metrics.exemplars", set: choice(func(c *config) *string { return &c.Metrics.Exemplars }, "none", "traceparent"), def: "none", help: "traceparent: latency points to the traces of raw records, for who may see those"},
	{path: "log.level", set: choice(func(c *config) *string { return &c.Log.Level }, "debug", "info", "warn", "error"), def: "info", help: "least level that is logged"},
	{path: "log.format", set: choice(func(c *config) *string { return &c.Log.Format }, "json", "text"), def: "json", help: "on stderr"},
	{path: "shutdown.drain", set: period(func(c *config) *time.Duration { return &c.Shutdown.Drain }, time.Second, time.Hour), def: "30s", help: "time for records under way after SIGTERM"},
	{path: "shutdown.connect", set: period(func(c *config) *time.Duration { return &c.Shutdown.Connect }, time.Second, time.Hour), def: "30s", help: "how long run waits for Kafka at the start before it exits with 69"},
}

// secretSettings are what people try to write into the file, with what to
// write instead.
var secretSettings = map[string]string{
	"kafka.sasl.password": "kafka.sasl.password_file",
	"admin.token":         "admin.token_file",
	"kafka.tls.password":  "kafka.tls.key, a file without a passphrase",
}

// laterSettings are known to the design and not to this build. They are
// refused by name: a setting that is silently without effect is worse.
var laterSettings = map[string]string{
	"quarantine.payload": "the record goes there sealed when quarantine.recipient is set, never in the clear",
	"pipeline.workers":   "each assigned partition has a pipeline of its own; remove it",
}

// defaultConfig returns what holds where nothing is said.
func defaultConfig() *config {
	c := &config{Keys: make(map[string]keyBinding)}
	for _, s := range settings {
		if s.def == "" {
			continue
		}
		if err := s.set(c, value{text: s.def}); err != nil {
			panic("redactor: internal error: default of " + s.path + ": " + err.Error())
		}
	}
	return c
}

// base returns the path as seen from the folder of the configuration file.
func (c *config) base(path string) string {
	if path == "" || filepath.IsAbs(path) || c.file == "" {
		return path
	}
	return filepath.Join(filepath.Dir(c.file), path)
}

// value is what a setting is given: one text, or a list of them.
type value struct {
	text   string
	list   []string
	isList bool
}

func (v value) one() (string, error) {
	if v.isList {
		return "", fmt.Errorf("one value is wanted, not a list")
	}
	if v.text == "" {
		return "", fmt.Errorf("it is empty")
	}
	return v.text, nil
}

func text(dst func(*config) *string) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.one()
		if err == nil {
			*dst(c) = s
		}
		return err
	}
}

func choice(dst func(*config) *string, words ...string) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.one()
		if err != nil {
			return err
		}
		if !slices.Contains(words, s) {
			return fmt.Errorf("it may be %s", strings.Join(words, ", "))
		}
		*dst(c) = s
		return nil
	}
}

// recipients reads the public keys that the quarantine is sealed for.
func recipients(c *config, v value) error {
	list := v.list
	if !v.isList {
		list = strings.Split(v.text, ",")
	}
	var keys []seal.Recipient
	for _, s := range list {
		r, err := seal.ParseRecipient(s)
		if err != nil {
			return err
		}
		keys = append(keys, r)
	}
	if _, err := seal.New(keys...); err != nil {
		return err
	}
	c.Quarantine.Recipients = keys
	return nil
}

// throttles reads PROFILE=SIZE pairs.
func throttles(c *config, v value) error {
	list := v.list
	if !v.isList {
		list = strings.Split(v.text, ",")
	}
	c.Pipeline.Throttle = make(map[string]int64)
	for _, pair := range list {
		profile, rate, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok || profile == "" {
			return fmt.Errorf("a throttle is PROFILE=SIZE, as analytics=10MiB")
		}
		n, err := parseSize(rate)
		if err != nil || n < 1 {
			return fmt.Errorf("a throttle is PROFILE=SIZE, with a size in KiB, MiB or GiB")
		}
		c.Pipeline.Throttle[profile] = n
	}
	return nil
}

func addresses(c *config, v value) error {
	list := v.list
	if !v.isList {
		list = strings.Split(v.text, ",")
	}
	var brokers []string
	for _, b := range list {
		b = strings.TrimSpace(b)
		if i := strings.LastIndexByte(b, ':'); i <= 0 || i == len(b)-1 {
			return fmt.Errorf("a broker is host:port")
		}
		brokers = append(brokers, b)
	}
	c.Kafka.Brokers = brokers
	return nil
}
