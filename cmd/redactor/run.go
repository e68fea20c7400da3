package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"redactor/internal/admin"
	"redactor/internal/seal"
	"redactor/metrics"
	"redactor/rules"
	"redactor/stream"
)

// envConfig names the configuration file where -c does not.
const envConfig = "REDACTOR_CONFIG"

const runHelp = `Run the proxy: read the source topics, write one sanitized stream per recipient.

It starts only when everything is in order: the configuration, the policy with
its own tests, every key that a profile needs, and topics that exist. A policy
marked "demo: true" and test keys are refused.

SIGTERM or Ctrl-C stops fetching, finishes what is under way, commits, leaves the
group and exits with 0, within shutdown.drain. A second signal ends at once; what
was not committed is processed again by whoever runs next.

SIGHUP, a changed policy or key file, and "redactor reload" take the policy and the
keys anew. One that fails its own tests, or gives anybody more without another
approved: block, is refused and the one before stays in force; the start compares
with what was accepted last too, in state.dir.

Settings come from the file, then from REDACTOR_… variables, then from flags;
"redactor settings" lists them. Secrets come by file only.`

type runOptions struct {
	config, policy string
	dryRun         bool
}

func newRun() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:     "run",
		Short:   "Run the proxy",
		Long:    runHelp,
		Example: "  redactor run -c redactor.yaml --dry-run      everything but producing and committing\n  redactor run -c redactor.yaml",
		GroupID: groupRun,
		Args:    exactly(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.config, "config", "c", "", "configuration (default: $REDACTOR_CONFIG, else redactor.yaml)")
	f.StringVarP(&o.policy, "policy", "p", "", "policy file, instead of the one in the configuration")
	f.BoolVar(&o.dryRun, "dry-run", false, "do everything but producing and committing, under a group of its own")
	return cmd
}

// configPath applies the precedence for the file itself.
func (o *runOptions) configPath() string {
	if o.config != "" {
		return o.config
	}
	if p := os.Getenv(envConfig); p != "" {
		return p
	}
	return "redactor.yaml"
}

func (o *runOptions) run(cmd *cobra.Command) error {
	cfg, problems := loadConfig(o.configPath(), os.Environ())
	if problems.HasErrors() {
		return &failure{code: exitConfig, problems: problems}
	}
	if len(problems) > 0 {
		problems.Render(cmd.ErrOrStderr(), colored(cmd, cmd.ErrOrStderr()))
	}
	if o.policy != "" {
		cfg.Policy = o.policy
	}
	if err := harden(); err != nil {
		return err
	}
	cache, err := cfg.newCache()
	if err != nil {
		return err
	}
	r := &reloader{path: o.configPath(), policy: o.policy, cfg: cfg, cache: cache}
	r.mu.Lock() // until start
	r.seen = r.fingerprint()
	prep, err := preparePolicy(cfg, cache)
	if err != nil {
		return err
	}
	policy, streams := prep.policy, prep.streams
	if len(prep.warnings) > 0 {
		prep.warnings.Render(cmd.ErrOrStderr(), colored(cmd, cmd.ErrOrStderr()))
	}
	sc, err := streamConfig(cfg, policy, streams)
	if err != nil {
		return err
	}
	sc.DryRun = o.dryRun
	ac, err := adminConfig(cfg)
	if err != nil {
		return err
	}
	m := newMetrics(policy, streams, cfg.Metrics.Lag == "topic")
	watchCache(m, cache)
	log := newLogger(cmd.ErrOrStderr(), cfg.Log.Format, logLevel(cfg.Log.Level), m)
	s, err := newReloadingServer(sc, ac, auditTo(cfg.Audit.File), m, log, cfg.Shutdown.Connect, r.reload)
	if err != nil {
		return err
	}
	defer s.close()
	if err := r.start(s, prep, o.dryRun); err != nil {
		return err
	}
	if !o.dryRun {
		if err := keepHolds(stateDir(cfg), s.cfg.Holds, log); err != nil {
			return err
		}
	}
	s.show(policy, streams)
	if err := s.audit("keys-used", keysInUse(policy, streams)); err != nil {
		return configf("%w", err)
	}
	log.Info("starting", "version", readBuild().Version, "policy", policy.Name, "digest", policy.Digest(),
		"sources", policy.Sources(), "brokers", cfg.Kafka.Brokers, "group", sc.Group, "admin", s.admin.Addr(), "dry_run", sc.DryRun)
	if m.Folded() {
		log.Warn("too many fields and profiles for a series each: fields_total counts by level", "limit", metrics.MaxFieldSeries)
	}
	watching, stop := context.WithCancel(cmd.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { r.watch(watching) })
	defer watcher.Wait()
	defer stop()
	return s.untilSignal(cmd.Context())
}

// adminConfig says where the admin address is and who may use it.
func adminConfig(cfg *config) (ac admin.Config, err error) {
	ac.Listen = cfg.Admin.Listen
	if cfg.Admin.TokenFile != "" {
		if ac.Token, err = admin.LoadToken(cfg.Admin.TokenFile); err != nil {
			return ac, configf("admin.token_file: %w", err)
		}
	}
	t := cfg.Admin.TLS
	switch {
	case t.Cert == "" && t.Key == "" && t.ClientCA == "":
	case t.Cert == "" || t.Key == "":
		return ac, configf("admin.tls needs both cert and key")
	default:
		if ac.TLS, err = admin.LoadTLS(t.Cert, t.Key, t.ClientCA); err != nil {
			return ac, configf("admin.tls: %w", err)
		}
	}
	return ac, nil
}

// streamConfig says to stream what the configuration and the policy say.
func streamConfig(cfg *config, policy *rules.Policy, streams []rules.Stream) (stream.Config, error) {
	sc, err := kafkaOf(cfg)
	if err != nil {
		return stream.Config{}, err
	}
	sc.Group, sc.Routes, sc.Quarantine, sc.Policy = cfg.Kafka.Group, routes(policy, streams), cfg.Quarantine.Topic, policy.Digest()
	sc.Batch = stream.Batch{Records: cfg.Pipeline.Batch.Records, Bytes: int(cfg.Pipeline.Batch.Bytes), Wait: cfg.Pipeline.Batch.Wait, Compression: cfg.Pipeline.Compression}
	sc.TopicWait = cfg.Kafka.TopicWait
	sc.Memory, sc.Drain, sc.Session, sc.Exemplars = cfg.Pipeline.Memory, cfg.Shutdown.Drain, cfg.Kafka.Session, cfg.Metrics.Exemplars == "traceparent"
	if len(cfg.Quarantine.Recipients) > 0 {
		s, err := seal.New(cfg.Quarantine.Recipients...)
		if err != nil {
			return stream.Config{}, configf("quarantine.recipient: %w", err)
		}
		sc.Seal = s
	}
	if cfg.Kafka.Delivery == "exactly_once" {
		sc.Delivery, sc.TransactionalID = stream.ExactlyOnce, cfg.Kafka.TransactionalID
		t := cfg.Pipeline.Transaction
		sc.Transaction = stream.Transaction{Interval: t.Interval, Records: t.Records, Bytes: int(t.Bytes)}
	}
	for profile := range cfg.Pipeline.Throttle {
		if !slices.ContainsFunc(sc.Routes, func(r stream.Route) bool {
			return slices.ContainsFunc(r.To, func(t stream.Target) bool { return t.Profile == profile })
		}) {
			return stream.Config{}, configf("pipeline.throttle: the policy has no recipient %s", profile)
		}
	}
	sc.Throttle = cfg.Pipeline.Throttle
	if cfg.Kafka.Start == "latest" {
		sc.Start = stream.StartLatest
	}
	sc.OutOfRange = map[string]stream.OutOfRange{"earliest": stream.OutOfRangeEarliest, "latest": stream.OutOfRangeLatest, "fail": stream.OutOfRangeFail}[cfg.Kafka.OutOfRange]
	if cfg.Guard.Canaries != "" {
		if sc.Canaries, err = readCanaries(cfg.Guard.Canaries); err != nil {
			return stream.Config{}, err
		}
	}
	return sc, nil
}

func logLevel(name string) slog.Level {
	return map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[name]
}
