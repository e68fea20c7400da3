package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"redactor/pseudonym"
	"redactor/redact"
	"redactor/rules"
)

const redactHelp = `The proxy's engine as a filter: records on stdin, one per line, come out on
stdout as the recipient --profile may see them.

Records are written as --format says, or else as the policy says of the stream. A
line is a record; of CSV the first names the columns, unless the policy does, and
a cell in quotes may span lines.

One line is written for each input line that passes, in order. A record that the
profile's filters withhold is left out. A record that cannot be judged is left
out too, goes to --quarantine FILE if given, is counted on stderr by reason and
line number, and makes the exit code 1. Of a record that is several (ndjson,
array), what cannot be judged is left out and counted alike, and the rest passes.
Blank lines are skipped.

Keys come by file, as in redactor.yaml: --key NAME=FILE, where NAME is the name
that the policy uses; the folder of a key with epochs does as well. A record is of
the epoch of its event_time, or of now without one. --test-keys makes them from their names: everybody can, so
that such pseudonyms protect nothing; they begin with "test_".`

const redactExample = `  kcat -C -t device.logs -e -q | redactor redact -p policy.yaml --profile academic --key join-academic=keys/join-academic
  redactor redact --profile analytics --test-keys < logs.ndjson | head
  redactor redact --profile analytics --test-keys --whole < one-record.json`

// defaultRotate is how long epochs last where nothing is said: as long as they
// may for a recipient outside.
const defaultRotate = "30d"

// redactOptions are the flags of redact.
type redactOptions struct {
	policy, profile, topic, format string
	whole, testKeys                bool
	keys                           []string
	rotate                         string
	quarantine                     string
}

func newRedact() *cobra.Command {
	var o redactOptions
	cmd := &cobra.Command{
		Use:     "redact",
		Short:   "The same engine as a filter: stdin to stdout, no Kafka",
		Long:    redactHelp,
		Example: redactExample,
		GroupID: groupRun,
		Args:    exactly(0, "no arguments; records come on stdin"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.policy, "policy", "p", defaultPolicy, "policy file")
	f.StringVar(&o.profile, "profile", "", "the recipient whose view is written (required)")
	f.StringVar(&o.topic, "topic", "", "source topic that the records are from; picks the stream when profiles take part in several")
	f.StringVar(&o.format, "format", "", formatUsage())
	f.BoolVar(&o.whole, "whole", false, "all of stdin is one record")
	f.StringArrayVar(&o.keys, "key", nil, "NAME=FILE of a key that the policy names, or the folder of its epochs; repeatable")
	f.StringVar(&o.rotate, "rotate", defaultRotate, "how long an epoch of a key lasts, as redactor.yaml has it")
	f.BoolVar(&o.testKeys, "test-keys", false, "make keys from their names; pseudonyms begin with test_ and protect nothing")
	f.StringVar(&o.quarantine, "quarantine", "", "append records that cannot be judged, as they came, to this file")
	completeProfile(cmd, func([]string) string { return o.policy })
	return cmd
}

func (o *redactOptions) run(cmd *cobra.Command) error {
	if err := selfTest(); err != nil {
		return err
	}
	v, err := o.view(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	machine, err := v.program.NewMachineFor(v.format)
	if err != nil {
		return err
	}
	f := &filter{machine: machine, format: v.format, index: v.index, out: cmd.OutOrStdout(), tally: newTally()}
	if o.quarantine != "" {
		q, err := openQuarantine(o.quarantine)
		if err != nil {
			return err
		}
		defer q.Close()
		f.quarantine = q
	}
	if isTerminal(cmd.InOrStdin()) {
		fmt.Fprintln(cmd.ErrOrStderr(), "redactor: reading records from the terminal; Ctrl-D ends them")
	}
	if o.whole {
		err = f.whole(cmd.InOrStdin())
	} else {
		bar := newProgress(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		err = f.lines(bar)
		bar.done()
	}
	if err != nil {
		return err
	}
	return f.tally.finish(cmd.ErrOrStderr())
}

// view compiles the policy for the recipient that the flags name.
func (o *redactOptions) view(stderr io.Writer) (view, error) {
	if o.profile == "" {
		return view{}, usagef("--profile says for which recipient; it is required")
	}
	policy, err := loadPolicy(o.policy)
	if err != nil {
		return view{}, err
	}
	if named := profileNames(policy); !slices.Contains(named, o.profile) {
		return view{}, usagef("the policy has no profile %q; %s", o.profile, nearest(o.profile, named))
	}
	keys, err := o.keySource(policy, stderr)
	if err != nil {
		return view{}, err
	}
	streams, problems := policy.CompileEpochs(keys)
	if problems.HasErrors() {
		return view{}, &failure{code: exitConfig, problems: problems}
	}
	v, err := pickView(streams, o.profile, o.topic)
	if err != nil {
		return view{}, err
	}
	v.format, err = formatOf(o.format, v.format)
	return v, err
}

// view is one recipient's place in a compiled policy.
type view struct {
	program *redact.Program
	index   int // Render's
	format  redact.Format
}

// pickView finds the profile in the stream that topic matches, or, without a
// topic, in the first stream that feeds it: a profile does the same with a
// field in every stream.
func pickView(streams []rules.Stream, profile, topic string) (view, error) {
	var patterns []string
	for _, s := range streams {
		if topic != "" && !rules.MatchTopic(s.From, topic) {
			patterns = append(patterns, s.From)
			continue
		}
		for i, t := range s.To {
			if t.Profile == profile {
				return view{s.Program, i, s.Format}, nil
			}
		}
		if topic != "" {
			return view{}, usagef("the stream %s does not feed %s", s.From, profile)
		}
	}
	if topic != "" {
		return view{}, usagef("no stream of the policy matches the topic %q; there are %s", topic, strings.Join(patterns, ", "))
	}
	return view{}, usagef("no stream of the policy feeds %s", profile)
}

// keySource returns the key of the asked profile from --key or --test-keys.
// Keys of other profiles are not needed, since their views are not rendered;
// test keys stand in for them.
func (o *redactOptions) keySource(policy *rules.Policy, stderr io.Writer) (rules.EpochSource, error) {
	files := make(map[string]string)
	for _, k := range o.keys {
		name, file, ok := strings.Cut(k, "=")
		if !ok || name == "" || file == "" || pseudonym.HoldsKey(name) { // base64 ends in "=" too
			return nil, usagef("--key is NAME=FILE, the name that the policy uses and the file that holds the key")
		}
		if _, twice := files[name]; twice {
			return nil, usagef("--key %s is given twice", name)
		}
		files[name] = file
	}
	if o.testKeys && len(files) > 0 {
		return nil, usagef("--key and --test-keys exclude each other")
	}
	known := keyNames(policy)
	for name := range files {
		if !slices.Contains(known, name) {
			return nil, usagef("the policy names no key %q; %s", name, nearest(name, known))
		}
	}
	if o.testKeys {
		fmt.Fprintln(stderr, "redactor: --test-keys: everybody can make these pseudonyms; do not hand the output to anyone")
	}
	wanted := keyOf(policy, o.profile)
	rotate, err := parseDays(cmp.Or(o.rotate, defaultRotate))
	if err != nil || rotate < shortestEpoch || rotate > longestEpoch {
		return nil, usagef("--rotate is %q; it is a number of days, such as 30d", o.rotate)
	}
	return func(name string) (*pseudonym.Epochs, error) {
		if file, ok := files[name]; ok {
			b := keyBinding{file: file}
			if info, err := os.Stat(file); err == nil && info.IsDir() {
				b = keyBinding{dir: file, rules: pseudonym.EpochRules{Rotate: rotate}}
			}
			return b.load()
		}
		if name == wanted && !o.testKeys {
			return nil, fmt.Errorf("no file for the key %s: give --key %s=FILE, or --test-keys to try", name, name)
		}
		return pseudonym.WithoutEpochs(pseudonym.TestSecret(name)), nil
	}, nil
}

// openQuarantine opens the file for records that could not be judged. They
// are raw: the file is for its owner alone.
func openQuarantine(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		err = configf("%s: mode %#o lets others read raw records; chmod 600 it", path, info.Mode().Perm())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
