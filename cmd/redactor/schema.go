package main

import (
	"github.com/spf13/cobra"

	"redactor/rules"
)

const schemaHelp = `Print the JSON Schema (draft-07) of policy files, for editors.

With it an editor completes the words of the language, shows what they mean, and
underlines what validate would refuse of the form. For the YAML language server
(VS Code, Neovim, Helix and others), write it to a file and begin the policy with

    # yaml-language-server: $schema=policy.schema.json

What depends on more than the form (who keeps what, which topics meet) is
validate's to say.`

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of policies, for editors",
		Long:    schemaHelp,
		Example: "  redactor schema > policy.schema.json",
		GroupID: groupPolicy,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(rules.Schema())
			return err
		},
	}
}
