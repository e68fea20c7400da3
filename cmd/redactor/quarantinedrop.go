package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

const quarantineDropHelp = `Give records up: they are not listed and not replayed any more.

A tombstone is written under the key of each. On a compacted topic Kafka then removes
the sealed record; on one with a retention time it goes when that is over. What was
dropped, by whom and why is in the audit log.`

func newQuarantineDrop(w *ward) *cobra.Command {
	var why string
	var yes bool
	cmd := &cobra.Command{
		Use:     "drop [RECORD…]",
		Short:   "Give records up; asks first, and is audited",
		Long:    quarantineDropHelp,
		Example: "  redactor quarantine drop --reason parse --topic device.logs --why \"a broken firmware\"\n  redactor quarantine drop device.logs/3/1042 --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := w.open(cmd, args); err != nil {
				return err
			}
			defer w.client.Close()
			if !w.choice.named() {
				return usagef("which records? Name them, choose by --topic, --reason, --policy, --profile, or say --all")
			}
			if err := w.mustAudit("giving records up"); err != nil {
				return err
			}
			chosen, err := w.chosen(cmd.Context())
			if err != nil {
				return err
			}
			question := fmt.Sprintf("This gives up %s for good. Who should have got them never will, unless they are read from the source again.", plural(len(chosen), "record"))
			if err := w.confirm(yes, question); err != nil {
				return err
			}
			if err := writeAudit(w.cfg, "quarantine-dropped", touch(chosen, why)); err != nil {
				return err
			}
			if err := w.settle(cmd.Context(), chosen); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s dropped\n", plural(len(chosen), "record"))
			return err
		},
	}
	w.choice.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&why, "why", "", "the reason, for the audit log")
	f.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
