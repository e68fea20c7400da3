package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"redactor/pseudonym"
)

const keygenHelp = `Make a pseudonym key: 32 random bytes on one line.

Whoever holds a profile's key can test guesses against its pseudonyms, and an
IMEI or a phone number is guessed in minutes. Keep it where secrets are kept,
give each profile a key of its own, and never give it to the recipient.

Each FILE is made with mode 0600 and never overwritten: the pseudonyms of a lost key
cannot be made again. --if-missing leaves what is there and makes the rest, so that
provisioning can run twice. Without FILE the key goes to stdout, unless that is a
terminal. The key id, which may be shown, goes to stderr.`

func newKeygen() *cobra.Command {
	var ifMissing bool
	cmd := &cobra.Command{
		Use:     "keygen [FILE...]",
		Short:   "Make pseudonym keys",
		Long:    keygenHelp,
		Example: "  redactor keygen keys/join-analytics\n  redactor keygen | vault kv put secret/join-analytics key=-",
		GroupID: groupOther,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return keyToStdout(cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			for _, path := range args {
				id, err := makeKeyFile(path)
				switch {
				case errors.Is(err, fs.ErrExist) && ifMissing:
					continue
				case errors.Is(err, fs.ErrExist):
					return fmt.Errorf("%s exists: a key that is overwritten is lost, with every pseudonym made by it", path)
				case err != nil:
					return err
				}
				if _, err := fmt.Fprintf(cmd.ErrOrStderr(), "%s: key id %s\n", path, id); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&ifMissing, "if-missing", false, "leave files that exist as they are")
	return cmd
}

// newKey returns the line of a fresh key and its id.
func newKey() (line, id string, err error) {
	line, err = pseudonym.NewKeyLine()
	if err != nil {
		return "", "", err
	}
	secret, err := pseudonym.ParseKey([]byte(line))
	if err != nil {
		return "", "", err
	}
	return line, secret.ID(), nil
}

func keyToStdout(stdout, stderr io.Writer) error {
	if isTerminal(stdout) {
		return usagef("a key on a terminal stays in its scroll-back; name a file, or pipe stdout")
	}
	line, id, err := newKey()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, line); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "key id %s\n", id)
	return err
}

// makeKeyFile writes a fresh key to a file that must not exist yet and returns
// the key's id.
func makeKeyFile(path string) (id string, err error) {
	line, id, err := newKey()
	if err != nil {
		return "", err
	}
	return id, writeNew(path, line+"\n", 0o600)
}

// writeNew writes a file that must not exist yet. A file that could not be
// written whole is removed: half a key would be refused later, far from here.
func writeNew(path, content string, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
