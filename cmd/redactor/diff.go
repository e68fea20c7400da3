package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"redactor/rules"
)

const diffHelp = `Say what each recipient gets by the policy NEW that it did not get by OLD, and what
it no longer gets.

It compares what becomes of data, not how the files are written: of every key, path
and header that either policy names, the engine is asked what each recipient gets.
Either is a file, or REV:PATH as git spells a file of a commit (main:policy.yaml).

Exit: 0 when nobody gets more, 1 when anything loosens.`

func newDiff() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "diff OLD NEW",
		Short:   "What each recipient gets that it did not get before",
		Long:    diffHelp,
		Example: "  redactor diff signed.yaml policy.yaml\n  redactor diff main:policy.yaml policy.yaml\n  redactor diff -o github origin/main:policy.yaml policy.yaml",
		GroupID: groupPolicy,
		Args:    exactly(2, "two policies, OLD and NEW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("output", output, "text", "md", "json", "github"); err != nil {
				return err
			}
			before, err := policyAt(args[0])
			if err != nil {
				return err
			}
			after, err := policyAt(args[1])
			if err != nil {
				return err
			}
			d := rules.Diff(before, after)
			if err := writeDiff(cmd, d, output); err != nil {
				return err
			}
			if d.Loosens() {
				return findings()
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, md, json or github")
	return cmd
}

func writeDiff(cmd *cobra.Command, d *rules.PolicyDiff, output string) error {
	w := cmd.OutOrStdout()
	switch output {
	case "md":
		return d.WriteMarkdown(w)
	case "json":
		return d.WriteJSON(w)
	case "github":
		return d.WriteGitHub(w)
	}
	return d.WriteText(w, colored(cmd, w))
}

// policyAt reads a policy from a file, or from git when there is no such file
// and the name reads REV:PATH.
func policyAt(name string) (*rules.Policy, error) {
	rev, path, ok := strings.Cut(name, ":")
	if _, err := os.Stat(name); err == nil || !ok || rev == "" || path == "" {
		return readPolicy(name)
	}
	src, err := gitShow(name)
	if err != nil {
		return nil, err
	}
	beside := path[:strings.LastIndexByte(path, '/')+1]
	p, problems := rules.ParseWith(name, src, func(table string) ([]byte, error) { return gitShow(rev + ":" + beside + table) })
	if problems.HasErrors() {
		return nil, &failure{code: exitFindings, problems: problems}
	}
	return p, nil
}

// gitShow returns a file as it was in a commit. What git says when there is no
// such file or commit names it better than anything that could be said here.
func gitShow(object string) ([]byte, error) {
	var talk bytes.Buffer
	// --end-of-options: a revision that begins with a dash is no flag.
	git := exec.Command("git", "show", "--end-of-options", object)
	git.Stderr = &talk
	src, err := git.Output()
	switch ended := new(exec.ExitError); {
	case errors.As(err, &ended):
		said, _, _ := strings.Cut(strings.TrimPrefix(talk.String(), "fatal: "), "\n")
		return nil, usagef("there is no file %s, and git says: %s", object, said)
	case err != nil:
		return nil, usagef("there is no file %s, and git is not here to ask: %w", object, err)
	}
	return src, nil
}
