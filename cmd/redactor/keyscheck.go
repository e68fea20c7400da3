package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"redactor/internal/audit"
	"redactor/pseudonym"
)

const keysCheckHelp = `Check every key that the configuration binds: files, modes, checksums, epochs and
the audit log. Silent when well; a finding makes the exit code 1.

--head compares the log with a head that was written down elsewhere, which finds
a log that was replaced as a whole.`

func newKeysCheck(load func(*cobra.Command) (*keyring, error)) *cobra.Command {
	var head string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check keys, epochs and the audit log: silent when well",
		Long:  keysCheckHelp,
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := selfTest(); err != nil {
				return err
			}
			var want audit.Head
			if head != "" {
				var err error
				if want, err = audit.ParseHead(head); err != nil {
					return usagef("--head: %w", err)
				}
			}
			k, err := load(cmd)
			if err != nil {
				return err
			}
			return k.check(want)
		},
	}
	cmd.Flags().StringVar(&head, "head", "", "NUMBER:HASH of the audit log at an earlier time")
	return cmd
}

func (k *keyring) check(want audit.Head) error {
	found := 0
	say := func(format string, args ...any) {
		found++
		fmt.Fprintf(k.out, format+"\n", args...)
	}
	certified := map[[2]string]bool{}
	if k.cfg.Audit.File != "" {
		var err error
		certified, _, err = certificates(k.cfg.Audit.File, want)
		if err != nil && (!errors.Is(err, fs.ErrNotExist) || want != audit.Head{}) {
			say("audit log: %v", err)
		}
	}
	held := map[string]*pseudonym.Epochs{}
	for _, name := range k.names() {
		epochs, err := k.cfg.Keys[name].load()
		if err != nil {
			say("%s: %v", name, err)
			continue
		}
		for other, e := range held {
			if e.Shares(epochs) {
				say("%s: shares a secret with %s; make a key for each", name, other)
			}
		}
		held[name] = epochs
		if epochs.ByTime() {
			k.checkEpochs(name, epochs, certified, say)
		}
	}
	if found > 0 {
		return findings()
	}
	return nil
}

func (k *keyring) checkEpochs(name string, epochs *pseudonym.Epochs, certified map[[2]string]bool, say func(string, ...any)) {
	for i := range epochs.Len() {
		e := epochs.At(i)
		switch state := stateOf(e, epochs.Rules(), k.now); {
		case state == stateEnded:
			say("%s: the epoch %s has ended and its secret is still there; redactor keys destroy %s %s", name, e.ID, name, e.ID)
		case state == stateDestroyed && k.cfg.Audit.File != "" && !certified[[2]string{name, e.ID}]:
			say("%s: the key of %s is gone and the audit log holds no certificate", name, e.ID)
		}
	}
	now, soon := k.now.UnixMilli(), k.now.Add(warnAhead).UnixMilli()
	switch last := epochs.At(epochs.Len() - 1); {
	case epochs.Find(now) < 0 && last.Begin > now:
		say("%s: there is no epoch for today: its values become null until the next one begins; redactor keys list", name)
	case epochs.Find(now) < 0:
		say("%s: there is no epoch for today: its values become null; redactor keys rotate %s", name, name)
	case epochs.At(epochs.Find(now)).Secret == nil:
		say("%s: the key of the epoch in use was destroyed: its values become null", name)
	case last.Begin+epochs.Rules().Rotate.Milliseconds() <= soon:
		say("%s: the next epoch is due on %s and has no key; redactor keys rotate %s", name, pseudonym.EpochID(msTime(last.Begin).Add(epochs.Rules().Rotate)), name)
	}
}

// warnAhead leaves a weekend and a day to make the next key.
const warnAhead = 3 * 24 * time.Hour

func msTime(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func readCertificate(data json.RawMessage) (c certificate, ok bool) {
	err := json.Unmarshal(data, &c)
	return c, err == nil
}
