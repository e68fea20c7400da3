package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redactor/pseudonym"
	"redactor/rules"
	"redactor/stream"
)

const doctorHelp = `Look at everything that run needs, before it does: configuration, policy, keys,
disks, brokers, topics, ACLs, recipients that may read a source, durability, the
quarantine's retention, clocks. Each finding says where it is and what to do. Nothing is written and nothing changed.

--acls prints the ACLs that the proxy's account needs, as commands, and looks at
nothing else.

Exit: 0 when run can start (warnings too; with --strict they exit with 1), 69 when
Kafka cannot be reached, 78 when something must be put right first.`

func newDoctor() *cobra.Command {
	var path, output, principal string
	var strict, acls bool
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Check brokers, topics, ACLs, keys, clocks and disks; says what to fix",
		Long:    doctorHelp,
		Example: "  redactor doctor -c redactor.yaml\n  redactor doctor -o json --strict\n  redactor doctor --acls --principal User:redactor",
		GroupID: groupRun,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("output", output, "text", "json"); err != nil {
				return err
			}
			d := &doctor{path: (&runOptions{config: path}).configPath(), now: time.Now().UTC()}
			if acls {
				return d.printACLs(cmd, output, principal)
			}
			d.examine(cmd.Context())
			if err := d.report(cmd, output); err != nil {
				return err
			}
			return d.verdict(strict)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&path, "config", "c", "", "configuration (default: $REDACTOR_CONFIG, else redactor.yaml)")
	f.StringVarP(&output, "output", "o", "text", "text or json")
	f.BoolVar(&strict, "strict", false, "exit with 1 for warnings too")
	f.BoolVar(&acls, "acls", false, "print the ACLs that the proxy's account needs")
	f.StringVar(&principal, "principal", "User:redactor", "the account that they are for")
	return cmd
}

// level is how bad a finding is.
type level string

const (
	fine    level = "ok"
	warning level = "warning" // run starts; somebody should know
	bad     level = "error"   // run does not start, or not as meant
)

// finding is one thing that a check has to say.
type finding struct {
	Level level  `json:"level"`
	Check string `json:"check"`
	Place string `json:"place,omitempty"` // file, topic, broker
	What  string `json:"what"`
	Fix   string `json:"fix,omitempty"`
	away  bool   // Kafka cannot be reached
}

// doctor is the state of one examination.
type doctor struct {
	path   string
	now    time.Time
	cfg    *config
	policy *rules.Policy
	client *stream.Client
	plans  []stream.Planned
	topics map[string]stream.TopicState

	check    string // the one that runs
	findings []finding
}

// ok says that a check has found nothing that must be put right.
func (d *doctor) ok(format string, args ...any) {
	if slices.ContainsFunc(d.findings, func(f finding) bool { return f.Check == d.check && f.Level == bad }) {
		return
	}
	d.findings = append(d.findings, finding{Level: fine, Check: d.check, What: fmt.Sprintf(format, args...)})
}

func (d *doctor) find(l level, place, what, fix string) {
	d.findings = append(d.findings, finding{Level: l, Check: d.check, Place: place, What: what, Fix: fix})
}

// examine runs the checks in the order in which they can be put right; what
// needs an earlier one that failed is left out.
func (d *doctor) examine(ctx context.Context) {
	run := func(name string, check func()) {
		d.check = name
		before := len(d.findings)
		if check(); len(d.findings) == before {
			d.ok("")
		}
	}
	run("configuration", d.configuration)
	if d.cfg == nil {
		return
	}
	run("policy", d.policyCheck)
	run("keys", d.keys)
	run("files", d.files)
	run("disk", d.disk)
	if len(d.cfg.Kafka.Brokers) == 0 {
		return
	}
	client, err := newClient(d.cfg)
	if err != nil {
		d.check = "brokers"
		d.find(bad, d.path, err.Error(), "")
		return
	}
	d.client = client
	defer client.Close()
	reached := false
	run("brokers", func() { reached = d.brokers(ctx) })
	if !reached || d.policy == nil {
		return
	}
	run("topics", func() { d.topicsCheck(ctx) })
	if d.topics == nil {
		return
	}
	run("acls", func() { d.acls(ctx) })
	run("readers", func() { d.readers(ctx) })
	run("durability", func() { d.durability(ctx) })
	run("quarantine", func() { d.quarantine(ctx) })
	run("transactions", func() { d.transactions(ctx) })
	run("clock", func() { d.clock(ctx) })
}

func (d *doctor) configuration() {
	cfg, problems := loadConfig(d.path, os.Environ())
	d.problems(problems)
	if problems.HasErrors() {
		return
	}
	d.cfg = cfg
	if len(cfg.Kafka.Brokers) == 0 {
		d.find(bad, d.path, "it names no brokers", "set kafka.brokers: [host:port]")
	}
	if cfg.Audit.File == "" {
		d.find(warning, d.path, "there is no audit log: nobody can show later which policy was in force, or who opened the quarantine", "set audit: {file: audit.jsonl}")
	}
	if stateDir(cfg) == "" {
		d.find(warning, d.path, "there is no state directory: a policy that gives more than the one of the last start is not noticed", "set state: {dir: state}")
	}
	if err := adminExposed(cfg); err != nil {
		d.find(bad, d.path, err.Error(), "set admin.token_file, or listen on 127.0.0.1")
	}
}

// problems turns what a file has into findings.
func (d *doctor) problems(problems rules.Problems) {
	for _, p := range problems {
		l := bad
		if p.Severity == rules.Warning {
			l = warning
		}
		d.find(l, p.Place.String(), p.Message, p.Hint)
	}
}

// policyCheck reads the policy, and compiles it with test keys: the keys are
// another check, and the topics want to be looked at without them.
func (d *doctor) policyCheck() {
	if d.cfg.Policy == "" {
		d.find(bad, d.path, "it names no policy", "set policy: policy.yaml")
		return
	}
	p, problems := rules.Load(d.cfg.Policy)
	d.problems(problems)
	if problems.HasErrors() {
		return
	}
	d.policy = p
	d.problems(p.CheckQuarantine(d.cfg.Quarantine.Topic))
	if p.Demo {
		d.find(bad, d.cfg.Policy, "it is a starter policy", `make it say what your logs hold, then remove "demo: true"`)
	}
	if report := p.RunTests(); report.Failed() > 0 {
		d.find(bad, d.cfg.Policy, fmt.Sprintf("%d of its %d tests fail", report.Failed(), len(report.Results)), "redactor test "+d.cfg.Policy)
	}
	state, err := loadPolicyState(stateDirIfThere(d.cfg))
	if err != nil {
		d.find(bad, stateDir(d.cfg), err.Error(), "")
	} else if err := state.judge(p, d.now); err != nil {
		d.find(bad, d.cfg.Policy, err.Error(), "redactor diff shows the same between two files")
	}
}

// stateDirIfThere is stateDir without making it.
func stateDirIfThere(cfg *config) string {
	dir := stateDir(cfg)
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// oldKey is when a key without epochs is worth a word.
const oldKey = 366 * 24 * time.Hour

func (d *doctor) keys() {
	held := map[string]*pseudonym.Epochs{}
	k := &keyring{cfg: d.cfg, now: d.now}
	var wanted []string
	if d.policy != nil {
		wanted = keyNames(d.policy)
	}
	for _, name := range wanted {
		if _, ok := d.cfg.Keys[name]; !ok {
			d.find(bad, d.path, "the policy names the key "+name+" and nothing binds it", fmt.Sprintf("redactor keygen keys/%s, and keys: {%s: {file: keys/%s}}", name, name, name))
		}
	}
	certified := map[[2]string]bool{}
	if d.cfg.Audit.File != "" {
		certified = d.auditLog()
	}
	for _, name := range k.names() {
		b := d.cfg.Keys[name]
		epochs, err := b.load()
		if err != nil {
			d.find(bad, b.place(), fmt.Sprintf("the key %s: %v", name, err), "redactor keygen "+b.place()+" makes one that is not there")
			continue
		}
		if epochs.IsTest() {
			d.find(bad, b.place(), "the key "+name+" is a test key: everybody can make its pseudonyms", "redactor keygen "+b.place())
		}
		for other, e := range held {
			if e.Shares(epochs) {
				d.find(bad, b.place(), fmt.Sprintf("the keys %s and %s share a secret", name, other), "make a key for each: redactor keygen")
			}
		}
		held[name] = epochs
		if epochs.ByTime() {
			k.checkEpochs(name, epochs, certified, func(format string, args ...any) {
				what, fix, _ := strings.Cut(fmt.Sprintf(format, args...), "; ")
				d.find(warning, b.place(), what, fix)
			})
		} else if info, err := os.Stat(b.file); err == nil && d.now.Sub(info.ModTime()) > oldKey {
			d.find(warning, b.file, fmt.Sprintf("the key %s is %d days old and has no epochs: records of one person can be joined over all that time", name, int(d.now.Sub(info.ModTime()).Hours()/24)),
				fmt.Sprintf("keys: {%s: {dir: keys/%s, rotate: 30d}}", name, name))
		}
	}
}

// auditLog verifies the audit log and returns the destructions it certifies.
func (d *doctor) auditLog() map[[2]string]bool {
	certified, _, err := certificates(d.cfg.Audit.File, auditHeadUnknown)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.find(bad, d.cfg.Audit.File, "the audit log: "+err.Error(), "restore it from a copy; what follows a broken line proves nothing")
	}
	return certified
}

// report writes the findings.
func (d *doctor) report(cmd *cobra.Command, output string) error {
	out := cmd.OutOrStdout()
	if output == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Version  int       `json:"version"`
			Findings []finding `json:"findings"`
		}{1, d.findings})
	}
	styles := map[level]string{fine: "\x1b[32m", warning: "\x1b[33m", bad: "\x1b[31m"}
	var b strings.Builder
	for _, f := range d.findings {
		word := fmt.Sprintf("%-8s", f.Level)
		if colored(cmd, out) {
			word = styles[f.Level] + word + "\x1b[0m"
		}
		what := f.What
		if f.Place != "" {
			what = f.Place + ": " + what
		}
		fmt.Fprintf(&b, "%s %-13s %s\n", word, f.Check, strings.ReplaceAll(what, "\n", "\n"+strings.Repeat(" ", 23)))
		if f.Fix != "" {
			fmt.Fprintf(&b, "%22s fix: %s\n", "", f.Fix)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// verdict is the exit code.
func (d *doctor) verdict(strict bool) error {
	warned, wrong := false, false
	for _, f := range d.findings {
		if f.away {
			return &failure{code: exitUnavailable}
		}
		warned = warned || f.Level == warning
		wrong = wrong || f.Level == bad
	}
	switch {
	case wrong:
		return &failure{code: exitConfig}
	case warned && strict:
		return findings()
	}
	return nil
}
