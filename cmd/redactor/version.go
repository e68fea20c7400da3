package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildVersion is set by the release build (-ldflags -X main.buildVersion=…);
// otherwise the module version that the go command recorded counts.
var buildVersion string

// build is what a program can say about itself.
type build struct {
	Version  string   `json:"version"`
	Revision string   `json:"revision,omitempty"`
	Time     string   `json:"time,omitempty"` // of the revision, RFC 3339
	Modified bool     `json:"modified,omitempty"`
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Modules  []module `json:"modules,omitempty"`
}

type module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum,omitempty"`
}

func readBuild() build {
	b := build{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			b.Version = v
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.time":
				b.Time = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			b.Modules = append(b.Modules, module{m.Path, m.Version, m.Sum})
		}
	}
	if buildVersion != "" {
		b.Version = buildVersion
	}
	return b
}

const versionHelp = `Say which build this is.

With -o json it lists every module that is linked in, with its checksum; with
-o cyclonedx the same as a software bill of materials (CycloneDX 1.6).`

func newVersion() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Say which build this is",
		Long:    versionHelp,
		GroupID: groupOther,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("output", output, "text", "json", "cyclonedx"); err != nil {
				return err
			}
			b := readBuild()
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			switch output {
			case "json":
				return enc.Encode(b)
			case "cyclonedx":
				return enc.Encode(billOfMaterials(b))
			}
			revision := b.Revision
			if len(revision) > 12 {
				revision = revision[:12]
			}
			if b.Modified {
				revision += ", modified"
			}
			line := fmt.Sprintf("redactor %s", b.Version)
			if revision != "" {
				line += " (" + revision + ")"
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", line, b.Go, b.Platform)
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or cyclonedx")
	return cmd
}
