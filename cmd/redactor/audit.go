package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"redactor/internal/audit"
)

const auditHelp = `Check the log of what was done with keys, policies, recipients and the quarantine.

Every line holds the hash of the one before it, and FILE.head the hash of the
last: verify finds any line that was altered, removed, added or moved, those at
the end too. There is no key in it, so that who may write both files can cut off
its end, or write another log, and both will agree. Against that keep a head where
they cannot write, a ticket, another team's log, and give it with --head: the log
must then hold that very entry.`

func newAudit() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Check the audit log",
		Long:    auditHelp,
		GroupID: groupOther,
		Args:    exactly(0, "one of verify, show"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuditVerify(), newAuditShow())
	return cmd
}

// auditOptions say which log is read, and what it must hold.
type auditOptions struct{ config, head string }

func (o *auditOptions) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVarP(&o.config, "config", "c", "", "configuration that names the log, where FILE does not")
	cmd.Flags().StringVar(&o.head, "head", "", "NUMBER:HASH that verify printed at an earlier time")
	return cmd
}

func newAuditVerify() *cobra.Command {
	var o auditOptions
	return o.flags(&cobra.Command{
		Use:     "verify [FILE]",
		Short:   "Find any line that was altered, removed or added",
		Long:    auditHelp + "\n\nPrints the head of the log. Exit 1 when something is not as it was written.",
		Example: "  redactor audit verify audit.jsonl\n  redactor audit verify -c redactor.yaml --head 41:9f2c…",
		Args:    atMost(1, "one log"),
		RunE: func(cmd *cobra.Command, args []string) error {
			head, err := o.read(args, nil)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), head)
			return err
		},
	})
}

func newAuditShow() *cobra.Command {
	var o auditOptions
	var event string
	cmd := o.flags(&cobra.Command{
		Use:   "show [FILE]",
		Short: "Print the entries, after verifying all of them",
		Args:  atMost(1, "one log"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var entries []audit.Entry
			if _, err := o.read(args, func(e audit.Entry) { entries = append(entries, e) }); err != nil {
				return err
			}
			for _, e := range entries {
				if event != "" && e.Event != event {
					continue
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%6d  %s  %-22s %s\n", e.Seq, e.Time.Format("2006-01-02 15:04:05"), e.Event, e.Data); err != nil {
					return err
				}
			}
			return nil
		},
	})
	cmd.Flags().StringVar(&event, "event", "", "only entries of this kind")
	return cmd
}

// read verifies the log that the arguments or the configuration name.
func (o *auditOptions) read(args []string, each func(audit.Entry)) (audit.Head, error) {
	var want audit.Head
	var err error
	if o.head != "" {
		if want, err = audit.ParseHead(o.head); err != nil {
			return want, usagef("--head: %w", err)
		}
	}
	file := ""
	if len(args) == 1 {
		file = args[0]
	} else {
		cfg, problems := loadConfig((&runOptions{config: o.config}).configPath(), os.Environ())
		if problems.HasErrors() {
			return want, &failure{code: exitConfig, problems: problems}
		}
		if file = cfg.Audit.File; file == "" {
			return want, configf("%s names no audit log; set audit: {file: audit.jsonl}", cfg.file)
		}
	}
	head, err := audit.Verify(file, want, each)
	tampered := new(audit.TamperError)
	switch {
	case errors.As(err, &tampered):
		return head, &failure{code: exitFindings, err: err}
	case errors.Is(err, fs.ErrNotExist):
		return head, usagef("%s: there is no such log", file)
	}
	return head, err
}
