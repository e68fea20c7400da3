package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"redactor/rules"
)

const matrixHelp = `Print the policy as a table: what each recipient gets of each field.

This is what a reviewer reads. With --profile it prints the data dictionary of one
recipient's output: what each field means, how coarse it is, and what it joins
with. HTML is a page of its own, for a screen and for paper.

"redactor matrix std/device" prints a group of the built-in catalog.`

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
		Use:     "matrix [POLICY | std/GROUP]",
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
			t, err := tableOf(policyArg(args), profile)
			if err != nil {
				return err
			}
			return writeTable(t, cmd.OutOrStdout(), output)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", "the data dictionary of this recipient's output")
	policyFlag(cmd, &named)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, md, html, csv or json")
	completeProfile(cmd, func(args []string) string { return policyArg(append(args, named...)) })
	return cmd
}

// tableOf returns the table of a policy, of one recipient of it, or of a
// built-in group of the catalog.
func tableOf(name, profile string) (table, error) {
	if strings.HasPrefix(name, "std/") {
		if m, ok := rules.GroupMatrix(name); ok && profile == "" {
			return m, nil
		} else if ok {
			return nil, usagef("%s is a group of the catalog; it has no profiles", name)
		}
		return nil, usagef("the catalog has no group %s; %s", name, nearest(name, rules.Groups()))
	}
	policy, err := readPolicy(name)
	if err != nil {
		return nil, err
	}
	if profile == "" {
		return policy.Matrix(), nil
	}
	d, ok := policy.Dictionary(profile)
	if !ok {
		return nil, usagef("the policy has no profile %q; %s", profile, nearest(profile, profileNames(policy)))
	}
	return d, nil
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
