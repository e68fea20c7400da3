package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"redactor/rules"
)

const testHelp = `Run the tests inside policies: records, and what each recipient must get of them.

They run through the engine that the proxy uses, with keys that are made from the
keys' names: the expected pseudonyms are the same on every machine, begin with
"test_", and are of no use outside.

A failed test shows its place, the shape of the record and the difference. With
--coverage it also lists the fields, profiles and transforms that no test touches;
that is no failure.`

func newTest() *cobra.Command {
	var coverage bool
	var output string
	var named []string
	cmd := &cobra.Command{
		Use:     "test [POLICY...]",
		Short:   "Run the tests inside policies",
		Long:    testHelp,
		Example: "  redactor test\n  redactor test --coverage policies/*.yaml\n  redactor test -o junit policy.yaml > report.xml",
		GroupID: groupPolicy,
		RunE: func(cmd *cobra.Command, files []string) error {
			files = append(files, named...)
			if err := oneOf("output", output, "text", "json", "junit", "github"); err != nil {
				return err
			}
			if len(files) == 0 {
				files = []string{defaultPolicy}
			}
			failed := false
			for _, f := range files {
				policy, problems := rules.Load(f)
				if problems.HasErrors() {
					if err := showProblems(cmd, problems, "text"); err != nil {
						return err
					}
					failed = true
					continue
				}
				report := policy.RunTests()
				if err := writeReport(cmd, report, output, coverage); err != nil {
					return err
				}
				failed = failed || report.Failed() > 0
			}
			if failed {
				return findings()
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&coverage, "coverage", false, "list what no test touches")
	policyFlag(cmd, &named)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json, junit or github")
	return cmd
}

func writeReport(cmd *cobra.Command, report *rules.TestReport, output string, coverage bool) error {
	w := cmd.OutOrStdout()
	switch output {
	case "json":
		return report.WriteJSON(w)
	case "junit":
		return report.WriteJUnit(w)
	case "github":
		if err := report.WriteGitHub(w); err != nil || !coverage {
			return err
		}
		return report.WriteCoverageGitHub(w)
	}
	if len(report.Results) == 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s has no tests: nothing shows that it does what it says\n", report.File)
	}
	if err := report.WriteText(w, colored(cmd, w)); err != nil {
		return err
	}
	if !coverage {
		return nil
	}
	return report.WriteCoverage(w)
}
