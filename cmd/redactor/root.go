package main

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

const rootHelp = `redactor takes the personal data out of Kafka log streams.

It reads device and usage logs from Kafka topics, takes the personal data out of
every record by a policy, and writes one sanitized stream per recipient. What it
cannot judge never leaves.

A policy is a table: fields x recipients. See it with "redactor matrix", prove it
with "redactor test", try it on a record with "redactor explain".

Exit: 0 fine, 1 findings, 2 usage, 69 Kafka unreachable, 78 bad configuration or policy.`

const rootExample = `  redactor demo                                 see it work in ten seconds, nothing to install
  redactor init logs && cd logs                 a starter policy, configuration and keys
  redactor validate policy.yaml && redactor test policy.yaml
  kcat -C -t device.logs -e -q | redactor redact -p policy.yaml --profile academic --test-keys
  redactor run -c redactor.yaml`

const (
	groupStart  = "start"
	groupPolicy = "policy"
	groupRun    = "run"
	groupOther  = "other"
)

// execute runs one command line and returns its exit code.
func execute(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	return report(err, stderr, colored(root, stderr))
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:                   "redactor <command> [flags]",
		Short:                 "Takes the personal data out of Kafka log streams",
		Long:                  rootHelp,
		Example:               rootExample,
		SilenceErrors:         true,
		DisableFlagsInUseLine: true,
		SilenceUsage:          true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			hint := ""
			if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
				hint = "; did you mean " + strings.Join(s, " or ") + "?"
			}
			return usagef("there is no command %q%s", args[0], hint)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.PersistentFlags().String("color", "auto", "auto, always or never; NO_COLOR is honored")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w\nRun %q for its flags", err, cmd.CommandPath()+" --help")
	})
	root.AddGroup(
		&cobra.Group{ID: groupStart, Title: "Start here:"},
		&cobra.Group{ID: groupPolicy, Title: "Policy:"},
		&cobra.Group{ID: groupRun, Title: "Run:"},
		&cobra.Group{ID: groupOther, Title: "More:"},
	)
	root.AddCommand(
		newDemo(), newInit(),
		newValidate(), newTest(), newExplain(), newMatrix(),
		newDiff(), newDiscover(), newSchema(),
		newRun(), newReload(), newTop(), newRedact(), newVerify(), newQuarantine(), newDoctor(),
		newKeygen(), newBench(), newVersion(), newSettings(), newKeys(), newAudit(),
	)
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .HasAvailableSubCommands}}\n  {{.CommandPath}} [command]{{end}}", "", 1))
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	return root
}

// exactly, atMost and atLeast are cobra's, with the exit code of a usage error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s takes %s\nUsage: %s", cmd.CommandPath(), what, cmd.UseLine())
		}
		return nil
	}
}

func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s takes %s\nUsage: %s", cmd.CommandPath(), what, cmd.UseLine())
		}
		return nil
	}
}

// colored reports whether w may get colors: as --color says, else as NO_COLOR
// and CLICOLOR_FORCE say, else when w is a terminal.
func colored(cmd *cobra.Command, w io.Writer) bool {
	switch when, _ := cmd.Root().PersistentFlags().GetString("color"); when {
	case "always":
		return true
	case "never":
		return false
	}
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	if force := os.Getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return isTerminal(w)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// oneOf checks a flag against the values that it may have.
func oneOf(flag, value string, values ...string) error {
	for _, v := range values {
		if value == v {
			return nil
		}
	}
	return usagef("--%s is %q; it may be %s", flag, value, strings.Join(values, ", "))
}
