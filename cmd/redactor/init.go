package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"redactor/rules/starter"
)

// keysIgnore keeps keys out of version control, where they would stay for ever.
const keysIgnore = "# Keys do not belong into version control.\n*\n"

const initHelp = `Write a policy, a configuration and keys to start from.

DIR (default: here) gets policy.yaml, redactor.yaml and keys/, ready to edit.
Nothing that exists is overwritten: if one of the files is there already,
nothing is written at all.`

func newInit() *cobra.Command {
	return &cobra.Command{
		Use:     "init [DIR]",
		Short:   "Write a starter policy.yaml, redactor.yaml and keys",
		Long:    initHelp,
		Example: "  redactor init logs && cd logs && redactor matrix",
		GroupID: groupStart,
		Args:    atMost(1, "one folder at most"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if err := writeStarter(dir); err != nil {
				return err
			}
			_, err := fmt.Fprint(cmd.ErrOrStderr(), nextSteps(dir))
			return err
		},
	}
}

func writeStarter(dir string) error {
	keys := filepath.Join(dir, "keys")
	paths := []string{filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "redactor.yaml")}
	for _, name := range starter.Keys {
		paths = append(paths, filepath.Join(keys, name))
	}
	for _, p := range paths {
		if _, err := os.Lstat(p); err == nil {
			return fmt.Errorf("%s exists; nothing was written", p)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return err
	}
	ignore := filepath.Join(keys, ".gitignore")
	if err := writeNew(ignore, keysIgnore, 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for i, content := range [][]byte{starter.Policy, starter.Config} {
		if err := writeNew(paths[i], string(content), 0o644); err != nil {
			return err
		}
	}
	for _, p := range paths[2:] {
		if _, err := makeKeyFile(p); err != nil {
			return err
		}
	}
	return nil
}

func nextSteps(dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s has policy.yaml, redactor.yaml and %d keys.\n\nNow:\n", dir, len(starter.Keys))
	if dir != "." {
		fmt.Fprintf(&b, "  cd %s\n", dir)
	}
	b.WriteString(`  redactor matrix                     see who gets what
  redactor test                       run the tests inside the policy
  redactor redact --profile academic --test-keys < your-logs.ndjson
                                      try it on records of yours
Then:
  edit policy.yaml                    your fields, your recipients, your topics; remove "demo: true"
  edit redactor.yaml                  your brokers
  redactor validate                   silent when well
  redactor run -c redactor.yaml       the proxy
`)
	return b.String()
}
