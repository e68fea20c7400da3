package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

const quarantineDropHelp = `Give records up: they are not listed and not replayed any more.

A tombstone is written under the key of each. On a compacted topic Kafka then removes
the sealed record; on one with a retention time it goes when that is over, or at once
with --purge: everything before the first record that is still to be looked at is
deleted from the topic. What was dropped, by whom and why is in the audit log.`

func newQuarantineDrop(w *ward) *cobra.Command {
	var why string
	var yes, purge bool
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
			fmt.Fprintf(cmd.ErrOrStderr(), "%s dropped\n", plural(len(chosen), "record"))
			if purge {
				return w.purge(cmd.Context())
			}
			return nil
		},
	}
	w.choice.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&why, "why", "", "the reason, for the audit log")
	f.BoolVar(&purge, "purge", false, "delete what is dropped or replayed from the topic now, as far as nothing else stands before it; needs the right to DELETE")
	f.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// purge deletes from the quarantine topic whatever stands before the first
// record of a partition that nobody has settled.
func (w *ward) purge(ctx context.Context) error {
	all, _, err := w.list(ctx)
	if err != nil {
		return err
	}
	topic := w.cfg.Quarantine.Topic
	n, err := w.client.Partitions(ctx, topic)
	if err != nil {
		return kafkaError(err)
	}
	for part := range int32(n) {
		first, before, err := w.client.Bounds(ctx, topic, part)
		if err != nil {
			return kafkaError(err)
		}
		for _, h := range all {
			if h.part == part && !h.settled {
				before = min(before, h.offset)
			}
		}
		if before <= first {
			continue
		}
		if err := w.client.Purge(ctx, topic, part, before); err != nil {
			return kafkaError(err)
		}
		if err := writeAudit(w.cfg, "quarantine-purged", struct {
			Who       string `json:"who"`
			Topic     string `json:"topic"`
			Partition int32  `json:"partition"`
			From      int64  `json:"from"`
			Before    int64  `json:"before"`
		}{operator(), topic, part, first, before}); err != nil {
			return err
		}
		fmt.Fprintf(w.cmd.ErrOrStderr(), "%s/%d: everything before offset %d is deleted\n", topic, part, before)
	}
	return nil
}
