package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"redactor/redact"
	"redactor/rules"
)

const explainHelp = `Say what happens to a record, field by field, and why: which entry of the catalog
matches, which rule of the profile decides, where both stand in the policy.

The record comes from FILE or stdin, as Kafka has it: one value. Values are shown
as shapes ("<15 digits>"), so that the explanation can go into a ticket. What a
recipient's rule takes as a record of its own, JSON in a string, a form, cookies,
the query of a URL, is explained as $.payload ▸ $.imei.`

type explainOptions struct {
	policy, topic, profile, key, output string
	withKey                             bool
}

func newExplain() *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:     "explain [FILE]",
		Short:   "What happens to this record, field by field, and why",
		Long:    explainHelp,
		Example: "  redactor explain --topic device.logs.android record.json\n  kcat -C -t device.logs.android -c 1 | redactor explain --topic device.logs.android --profile academic",
		GroupID: groupPolicy,
		Args:    atMost(1, "one file at most"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.withKey = cmd.Flags().Changed("record-key")
			return o.run(cmd, args)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.policy, "policy", "p", defaultPolicy, "policy file")
	f.StringVar(&o.topic, "topic", "", "source topic of the record; needed when the policy has several streams")
	f.StringVar(&o.profile, "profile", "", "only this recipient")
	f.StringVar(&o.key, "record-key", "", "the record's key")
	f.StringVarP(&o.output, "output", "o", "text", "text or json")
	completeProfile(cmd, func([]string) string { return o.policy })
	return cmd
}

func (o *explainOptions) run(cmd *cobra.Command, args []string) error {
	if err := oneOf("output", o.output, "text", "json"); err != nil {
		return err
	}
	policy, err := readPolicy(o.policy)
	if err != nil {
		return err
	}
	if o.profile != "" {
		if _, ok := policy.Dictionary(o.profile); !ok {
			return usagef("the policy has no profile %q; %s", o.profile, nearest(o.profile, profileNames(policy)))
		}
	}
	value, err := readRecord(cmd, args)
	if err != nil {
		return err
	}
	r := &rules.Record{Value: value}
	if o.withKey {
		r.Key = []byte(o.key)
	}
	x, err := policy.Explain(o.topic, r)
	if err != nil {
		return usagef("%w", err)
	}
	if o.profile != "" {
		keepProfile(x, o.profile)
	}
	w := cmd.OutOrStdout()
	if o.output == "json" {
		return x.WriteJSON(w)
	}
	return x.WriteText(w, colored(cmd, w))
}

// keepProfile leaves one recipient in the explanation, and the values that it looks at.
func keepProfile(x *rules.Explanation, profile string) {
	x.Recipients = slices.DeleteFunc(x.Recipients, func(r rules.RecipientExplanation) bool { return r.Profile != profile })
	for i := range x.Fields {
		x.Fields[i].Outcomes = slices.DeleteFunc(x.Fields[i].Outcomes, func(o rules.OutcomeExplanation) bool { return o.Profile != profile })
	}
	x.Fields = slices.DeleteFunc(x.Fields, func(f rules.FieldExplanation) bool { return len(f.Outcomes) == 0 })
}

// readRecord reads one value from the file, or from stdin. The newline that
// tools put behind a line is not the record's.
func readRecord(cmd *cobra.Command, args []string) ([]byte, error) {
	in := cmd.InOrStdin()
	if len(args) == 1 {
		f, err := os.Open(args[0])
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	} else if isTerminal(in) {
		fmt.Fprintln(cmd.ErrOrStderr(), "reading a record from the terminal; end it with Ctrl-D")
	}
	value, err := io.ReadAll(io.LimitReader(in, redact.DefaultMaxRecord+1))
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(value, []byte("\n")), nil
}
