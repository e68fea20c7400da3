package main

import (
	"io"

	"github.com/spf13/cobra"
)

const matrixHelp = `Print the policy as a table: what each recipient gets of each field.

This is what a reviewer reads. With --profile it prints the data dictionary of one
recipient's output: what each field means, how coarse it is, and what it joins
with. HTML is a page of its own, for a screen and for paper.`

// table is a matrix or a dictionary: both are written in every form.
type table interface {
	WriteText(io.Writer) error
	WriteMarkdown(io.Writer) error
	WriteHTML(io.Writer) error
	WriteCSV(io.Writer) error
	WriteJSON(io.Writer) error
}

func newMatrix() *cobra.Command {
	var profile, output string
	var named []string
	cmd := &cobra.Command{
		Use:     "matrix [POLICY]",
		Short:   "Print the policy as a table of fields and recipients",
		Long:    matrixHelp,
		Example: "  redactor matrix\n  redactor matrix -o html policy.yaml > matrix.html\n  redactor matrix --profile academic -o md",
		GroupID: groupPolicy,
		Args:    atMost(1, "one policy at most"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args = append(args, named...); len(args) > 1 {
				return usagef("one policy at most")
			}
			if err := oneOf("output", output, "text", "md", "html", "csv", "json"); err != nil {
				return err
			}
			policy, err := readPolicy(policyArg(args))
			if err != nil {
				return err
			}
			var t table = policy.Matrix()
			if profile != "" {
				d, ok := policy.Dictionary(profile)
				if !ok {
					return usagef("the policy has no profile %q; %s", profile, nearest(profile, profileNames(policy)))
				}
				t = d
			}
			return writeTable(t, cmd.OutOrStdout(), output)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", "the data dictionary of this recipient's output")
	policyFlag(cmd, &named)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, md, html, csv or json")
	completeProfile(cmd, policyArg)
	return cmd
}

func writeTable(t table, w io.Writer, output string) error {
	switch output {
	case "md":
		return t.WriteMarkdown(w)
	case "html":
		return t.WriteHTML(w)
	case "csv":
		return t.WriteCSV(w)
	case "json":
		return t.WriteJSON(w)
	}
	return t.WriteText(w)
}
