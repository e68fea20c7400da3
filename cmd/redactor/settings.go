package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

const settingsHelp = `List every setting of redactor.yaml: its place, the environment variable that
overrides it, its default and what it is for.

A flag beats the environment, the environment beats the file, the file beats the
default. Secrets come by file only.`

func newSettings() *cobra.Command {
	return &cobra.Command{
		Use:     "settings",
		Short:   "List what can stand in redactor.yaml",
		Long:    settingsHelp,
		GroupID: groupOther,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SETTING\tENVIRONMENT\tDEFAULT\tMEANING")
			for _, s := range settings {
				def := s.def
				if def == "" {
					def = "-"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.path, s.envName(), def, s.help)
			}
			fmt.Fprintln(w, "keys.NAME.file\t-\t-\tfile of the key that the policy calls NAME")
			fmt.Fprintln(w, "keys.NAME.dir\t-\t-\tor: directory of its epochs, one file each; see redactor keys")
			fmt.Fprintln(w, "keys.NAME.rotate\t-\t-\tlength of an epoch, such as 30d")
			fmt.Fprintln(w, "keys.NAME.overlap\t-\t0d\thow long an epoch goes on when the next is late, and its key is kept for late records")
			fmt.Fprintln(w, "keys.NAME.window\t-\t24h\thow far the times of one record may lie apart")
			return w.Flush()
		},
	}
}
