package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"redactor/internal/audit"
	"redactor/pseudonym"
)

const keysDestroyHelp = `Destroy the secret of an epoch: overwrite its file, remove it, and write a
certificate to the audit log.

What this does: nobody can make the pseudonyms of that epoch any more, or try
guesses against them. What it does not do is listed in the certificate: records of
one person stay joined within the epoch by their pseudonym, and the sources, the
quarantine and every copy of the key file are where they were. "Key destroyed" is
not "anonymous".

An epoch that has not ended, or is kept for late records, is destroyed with
--early only. Records of its time become null from the next start on; restart
every instance, since a running one holds the secret in memory.`

type destroyOptions struct {
	yes, early bool
	records    int64
}

func newKeysDestroy(load func(*cobra.Command) (*keyring, error)) *cobra.Command {
	var o destroyOptions
	cmd := &cobra.Command{
		Use:     "destroy NAME EPOCH",
		Short:   "Destroy the secret of an epoch and certify it",
		Long:    keysDestroyHelp,
		Example: "  redactor keys destroy join-academic 2026-11-21 --yes",
		Args:    exactly(2, "the name of the key and the epoch"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := load(cmd)
			if err != nil {
				return err
			}
			return k.destroy(args[0], args[1], o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.yes, "yes", false, "do it: there is no way back")
	f.BoolVar(&o.early, "early", false, "although the epoch is in use, to come, or kept for late records")
	f.Int64Var(&o.records, "records", -1, "how many records were produced with it, for the certificate; unknown when not given")
	return cmd
}

// certificate is what the audit log says of a destroyed key. It claims what was
// done and no more.
type certificate struct {
	Statement   string   `json:"statement"`
	Key         string   `json:"key"`
	Epoch       string   `json:"epoch"`
	From        string   `json:"from"`
	Until       string   `json:"until"`
	KeyID       string   `json:"key_id,omitempty"`
	SHA256      string   `json:"secret_sha256,omitempty"`
	Records     *int64   `json:"records,omitempty"` // as the operator counted; not there: not counted
	State       keyState `json:"state_before"`
	StillStands []string `json:"still_stands"`
}

// stillStands is what destroying a key does not reach.
func (k *keyring) stillStands() []string {
	return []string{
		"the source topics hold the raw records until their retention ends",
		"the quarantine topic " + k.cfg.Quarantine.Topic + " holds coordinates of records that could not be judged until its retention ends",
		"backups, snapshots and replicas of the key file, of any disk or volume that held it, until their retention ends",
		"the memory of instances that were started before, until they end",
		"the output topics and what recipients copied from them: records of one person stay joined by their pseudonym within the epoch",
	}
}

func (k *keyring) destroy(name, id string, o destroyOptions) error {
	b, err := k.epochal(name)
	if err != nil {
		return err
	}
	if k.cfg.Audit.File == "" {
		return configf("%s names no audit log; set audit: {file: audit.jsonl}: a key that was destroyed without a trace proves nothing", k.cfg.file)
	}
	c, err := k.certify(name, id, b, o)
	if err != nil {
		return err
	}
	if !o.yes {
		return usagef("this destroys %s for good; say --yes", pseudonym.EpochFile(b.dir, id))
	}
	// The log must be able to take the certificate before the key goes.
	if err := k.audited("key-destruction-begun", madeEntry{Key: name, Epoch: id, KeyID: c.KeyID, SHA256: c.SHA256}); err != nil {
		return err
	}
	if err := pseudonym.DestroyEpoch(b.dir, id); err != nil {
		return err
	}
	if err := k.audited("key-destroyed", c); err != nil {
		return fmt.Errorf("the key is destroyed and its certificate is not in the log: %w", err)
	}
	_, err = fmt.Fprintf(k.err, "%s %s: key destroyed; restart the instances that hold it\n", name, id)
	return err
}

// certify finds out what is about to be destroyed. A key that came back after
// its destruction, or whose destruction was cut short, may be destroyed again.
func (k *keyring) certify(name, id string, b keyBinding, o destroyOptions) (certificate, error) {
	c := certificate{Statement: "key destroyed", Key: name, Epoch: id, From: id, StillStands: k.stillStands()}
	if o.records >= 0 {
		c.Records = &o.records
	}
	epochs, err := b.load()
	ke := new(pseudonym.KeyError)
	if errors.As(err, &ke) && halfDestroyed(b, id) {
		c.State = "its destruction was marked before"
		if s, err := pseudonym.LoadKeyFile(pseudonym.EpochFile(b.dir, id)); err == nil {
			c.KeyID, c.SHA256 = s.ID(), s.Digest()
		}
		return c, nil
	}
	if err != nil {
		return c, configf("%s: %w", name, err)
	}
	var ids []string
	for i := range epochs.Len() {
		e := epochs.At(i)
		if ids = append(ids, e.ID); e.ID != id {
			continue
		}
		c.State = stateOf(e, epochs.Rules(), k.now)
		c.Until = pseudonym.EpochID(msTime(e.End))
		switch {
		case c.State == stateDestroyed:
			return c, usagef("the key of %s %s was destroyed before; redactor keys check finds its certificate", name, id)
		case c.State != stateEnded && !o.early:
			return c, usagef("the epoch %s of %s is %s; --early destroys it all the same", id, name, c.State)
		}
		c.KeyID, c.SHA256 = e.Secret.ID(), e.Secret.Digest()
		return c, nil
	}
	return c, usagef("%s has no epoch %q; %s", name, id, nearest(id, ids))
}

// halfDestroyed reports whether the mark of an epoch stands beside its key.
func halfDestroyed(b keyBinding, id string) bool {
	if _, ok := pseudonym.ParseEpochID(id); !ok {
		return false
	}
	return pseudonym.EpochMarked(b.dir, id)
}

// certificates returns the epochs of each key that the audit log says were
// destroyed.
func certificates(path string, want audit.Head) (map[[2]string]bool, audit.Head, error) {
	out := map[[2]string]bool{}
	head, err := audit.Verify(path, want, func(e audit.Entry) {
		if e.Event == "key-destroyed" {
			if c, ok := readCertificate(e.Data); ok {
				out[[2]string{c.Key, c.Epoch}] = true
			}
		}
	})
	return out, head, err
}
