package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"redactor/internal/audit"
	"redactor/pseudonym"
)

const keysHelp = `See, make and destroy the keys that redactor.yaml binds.

A key with epochs is a directory. Each epoch has an independent random secret in
a file named by the day on which it begins, and records of that time have its
pseudonyms. Nobody can join two epochs, and destroying the secret of one leaves
random labels where its pseudonyms were.

Making and destroying is written to the log that audit.file names.`

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "keys",
		Short:   "See, make and destroy keys and their epochs",
		Long:    keysHelp,
		GroupID: groupOther,
		Args:    exactly(0, "one of list, rotate, destroy, check"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var config string
	cmd.PersistentFlags().StringVarP(&config, "config", "c", "", "configuration (default: $REDACTOR_CONFIG, else redactor.yaml)")
	load := func(cmd *cobra.Command) (*keyring, error) { return newKeyring(cmd, config) }
	cmd.AddCommand(newKeysList(load), newKeysRotate(load), newKeysDestroy(load), newKeysCheck(load))
	return cmd
}

// keyring is what the commands work on: the keys that a configuration binds.
type keyring struct {
	cfg *config
	now time.Time
	out io.Writer
	err io.Writer
}

func newKeyring(cmd *cobra.Command, path string) (*keyring, error) {
	path = (&runOptions{config: path}).configPath()
	cfg, problems := loadConfig(path, os.Environ())
	if problems.HasErrors() {
		return nil, &failure{code: exitConfig, problems: problems}
	}
	return &keyring{cfg: cfg, now: time.Now().UTC(), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr()}, nil
}

// names returns the keys in order.
func (k *keyring) names() []string { return slices.Sorted(maps.Keys(k.cfg.Keys)) }

// epochal returns the binding of a key with epochs.
func (k *keyring) epochal(name string) (keyBinding, error) {
	b, ok := k.cfg.Keys[name]
	switch {
	case !ok:
		return b, usagef("%s binds no key %q; %s", k.cfg.file, name, nearest(name, k.names()))
	case b.dir == "":
		return b, usagef("the key %s is one file for all times; bind it with {dir: keys/%s, rotate: 30d} for epochs", name, name)
	}
	return b, nil
}

// audited writes an entry to the audit log.
func (k *keyring) audited(event string, data any) error {
	head, err := audit.Append(k.cfg.Audit.File, event, k.now, data)
	if err == nil {
		_, err = fmt.Fprintf(k.err, "audit log %s is now at %s\n", k.cfg.Audit.File, head)
	}
	return err
}

// keyState says where an epoch is in its life.
type keyState string

const (
	stateForever   keyState = "no epochs"
	stateFuture    keyState = "to come"
	stateActive    keyState = "in use"
	stateLate      keyState = "kept for late records" // ended, and the overlap has not
	stateEnded     keyState = "may be destroyed"
	stateDestroyed keyState = "destroyed"
)

// keyLine is one line of the list.
type keyLine struct {
	Key   string   `json:"key"`
	Epoch string   `json:"epoch,omitempty"`
	State keyState `json:"state"`
	ID    string   `json:"key_id,omitempty"`
	Begin string   `json:"begin,omitempty"`
	End   string   `json:"end,omitempty"`
	Place string   `json:"place"`
}

func stateOf(e pseudonym.Epoch, rules pseudonym.EpochRules, now time.Time) keyState {
	switch ms := now.UnixMilli(); {
	case e.Secret == nil:
		return stateDestroyed
	case ms < e.Begin:
		return stateFuture
	case ms < e.End:
		return stateActive
	case ms < e.End+rules.Overlap.Milliseconds():
		return stateLate
	}
	return stateEnded
}

// lines lists what a key has.
func (k *keyring) lines(name string) ([]keyLine, error) {
	b := k.cfg.Keys[name]
	epochs, err := b.load()
	if err != nil {
		return nil, err
	}
	if !epochs.ByTime() {
		return []keyLine{{Key: name, State: stateForever, ID: epochs.At(0).Secret.ID(), Place: b.file}}, nil
	}
	var out []keyLine
	for i := range epochs.Len() {
		e := epochs.At(i)
		l := keyLine{Key: name, Epoch: e.ID, State: stateOf(e, epochs.Rules(), k.now), Begin: e.ID, End: pseudonym.EpochID(time.UnixMilli(e.End)), Place: b.dir}
		if e.Secret != nil {
			l.ID, l.Place = e.Secret.ID(), pseudonym.EpochFile(b.dir, e.ID)
		}
		out = append(out, l)
	}
	return out, nil
}

func newKeysList(load func(*cobra.Command) (*keyring, error)) *cobra.Command {
	output := "text"
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List keys, their epochs and what state these are in",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("output", output, "text", "json"); err != nil {
				return err
			}
			k, err := load(cmd)
			if err != nil {
				return err
			}
			return k.list(output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func (k *keyring) list(output string) error {
	all := []keyLine{}
	for _, name := range k.names() {
		lines, err := k.lines(name)
		if err != nil {
			return configf("%s: %w", name, err)
		}
		all = append(all, lines...)
	}
	if output == "json" {
		enc := json.NewEncoder(k.out)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	w := tabwriter.NewWriter(k.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tEPOCH\tSTATE\tKEY ID\tUNTIL\tFILE")
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Key, orDash(l.Epoch), l.State, orDash(l.ID), orDash(l.End), l.Place)
	}
	return w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
