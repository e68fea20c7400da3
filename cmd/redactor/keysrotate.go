package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"redactor/pseudonym"
)

const keysRotateHelp = `Make the key of the next epoch of each NAME.

It begins when the current one ends, tomorrow at the soonest: a day that has begun
has pseudonyms already, which a record that is read again must have again. The
first epoch of a key begins today, or at --at, so that older records have one too.

Run it ahead of time, from a timer; every instance reads the new key when it
starts next.`

func newKeysRotate(load func(*cobra.Command) (*keyring, error)) *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:     "rotate NAME...",
		Short:   "Make the key of the next epoch",
		Long:    keysRotateHelp,
		Example: "  redactor keys rotate join-academic\n  redactor keys rotate join-academic --at 2027-01-01",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 0 {
				return usagef("keys rotate takes the names of the keys\nUsage: %s", cmd.UseLine())
			}
			k, err := load(cmd)
			if err != nil {
				return err
			}
			for _, name := range names {
				if err := k.rotate(name, at); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "day on which the epoch begins, in UTC, such as 2027-01-01")
	return cmd
}

// madeEntry is what the audit log says of a new key.
type madeEntry struct {
	Key    string `json:"key"`
	Epoch  string `json:"epoch"`
	KeyID  string `json:"key_id"`
	SHA256 string `json:"secret_sha256"`
}

func (k *keyring) rotate(name, at string) error {
	b, err := k.epochal(name)
	if err != nil {
		return err
	}
	day, err := k.nextEpoch(name, b, at)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	path := pseudonym.EpochFile(b.dir, day)
	if _, err := makeKeyFile(path); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s, err := pseudonym.LoadKeyFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(k.err, "%s: key id %s, from %s on\n", path, s.ID(), day)
	if k.cfg.Audit.File == "" {
		return nil
	}
	return k.audited("key-made", madeEntry{Key: name, Epoch: day, KeyID: s.ID(), SHA256: s.Digest()})
}

// nextEpoch returns the day on which the next epoch of a key begins.
func (k *keyring) nextEpoch(name string, b keyBinding, at string) (string, error) {
	if at != "" {
		if _, ok := pseudonym.ParseEpochID(at); !ok {
			return "", usagef("--at is a day, such as %s", pseudonym.EpochID(k.now))
		}
	}
	epochs, err := b.load()
	ke := new(pseudonym.KeyError)
	switch {
	case errors.As(err, &ke) && (ke.Problem == pseudonym.KeyNoEpochs || errors.Is(err, os.ErrNotExist)):
		if at == "" {
			return pseudonym.EpochID(k.now), nil
		}
		return at, nil
	case err != nil:
		return "", configf("%s: %w", name, err)
	}
	last := epochs.At(epochs.Len() - 1)
	tomorrow := pseudonym.EpochID(k.now.Add(24 * time.Hour))
	next := max(tomorrow, pseudonym.EpochID(time.UnixMilli(last.Begin).Add(b.rules.Rotate)))
	if last.Begin > k.now.UnixMilli() && at == "" {
		return "", usagef("the next epoch of %s is there: %s; --at makes a later one", name, last.ID)
	}
	switch {
	case at == "":
		return next, nil
	case at < tomorrow:
		return "", usagef("--at %s: that day has begun, and its records have pseudonyms of another epoch; %s is the soonest", at, tomorrow)
	case at <= last.ID:
		return "", usagef("--at %s: the epoch of %s begins later", at, last.ID)
	}
	return at, nil
}
