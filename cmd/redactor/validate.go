package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"redactor/rules"
)

const validateHelp = `Check policies and configurations. Silent when all is well.

Every problem is shown at once, with its place, the line, and what to do. Without
FILE it checks policy.yaml and redactor.yaml of the current folder, those that are
there. A configuration is checked together with the policy that it names: that
every key is bound, and that the quarantine is no recipient's topic. Keys and
brokers are not touched; "redactor run --dry-run" does that.

Exit: 0 when well, warnings too; 1 with problems, and with --strict for warnings.`

func newValidate() *cobra.Command {
	var strict, digest bool
	var output string
	var named []string
	cmd := &cobra.Command{
		Use:     "validate [FILE...]",
		Short:   "Check policies and configuration: silent when well",
		Long:    validateHelp,
		Example: "  redactor validate\n  redactor validate --strict policies/*.yaml\n  redactor validate -o github policy.yaml",
		GroupID: groupPolicy,
		RunE: func(cmd *cobra.Command, files []string) error {
			files = append(files, named...)
			if err := oneOf("output", output, "text", "json", "github"); err != nil {
				return err
			}
			if len(files) == 0 {
				if files = present("policy.yaml", "redactor.yaml"); len(files) == 0 {
					return usagef("there is no policy.yaml and no redactor.yaml here; name a file")
				}
			}
			var all rules.Problems
			for _, f := range files {
				all = append(all, validateFile(f)...)
			}
			if err := showProblems(cmd, all, output); err != nil {
				return err
			}
			if digest {
				showDigests(cmd.OutOrStdout(), files)
			}
			if all.HasErrors() || strict && len(all) > 0 {
				return findings()
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings count as problems")
	cmd.Flags().BoolVar(&digest, "digest", false, "print the digest of each policy, as run, the metrics and the stamp show it")
	policyFlag(cmd, &named)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or github")
	return cmd
}

// showDigests prints the digests of policies as sha256sum prints hashes: of those
// that a configuration names, too, and of none that has problems.
func showDigests(w io.Writer, files []string) {
	for _, path := range files {
		if src, err := readAtMost(path, maxConfig); err == nil && looksLikeConfig(src) {
			cfg, _ := loadConfig(path, nil)
			if cfg == nil || cfg.Policy == "" || slices.Contains(files, cfg.Policy) {
				continue
			}
			path = cfg.Policy
		}
		if p, _ := rules.Load(path); p != nil {
			fmt.Fprintf(w, "%s  %s\n", p.Digest(), path)
		}
	}
}

// present returns those of the files that exist.
func present(files ...string) []string {
	return slices.DeleteFunc(files, func(f string) bool {
		_, err := os.Stat(f)
		return err != nil
	})
}

// showProblems writes problems for people to stderr, for programs to stdout.
func showProblems(cmd *cobra.Command, all rules.Problems, output string) error {
	switch output {
	case "json":
		return all.WriteJSON(cmd.OutOrStdout())
	case "github":
		return all.WriteGitHub(cmd.OutOrStdout())
	}
	if len(all) == 0 {
		return nil
	}
	w := cmd.ErrOrStderr()
	if err := all.Render(w, colored(cmd, w)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, all.Summary()+".")
	return err
}

// validateFile checks one file as what it is.
func validateFile(path string) rules.Problems {
	src, err := readAtMost(path, maxConfig)
	if err != nil || !looksLikeConfig(src) {
		_, problems := rules.Load(path) // says what is wrong with reading it, too
		return problems
	}
	cfg, problems := loadConfig(path, nil)
	if cfg == nil {
		return problems
	}
	return append(problems, checkWithPolicy(cfg)...)
}

// looksLikeConfig tells a configuration from a policy by what only it has at
// the top.
func looksLikeConfig(src []byte) bool {
	var doc yaml.Node
	if err := yaml.Load(src, &doc); err != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return false
	}
	top := make(map[string]bool)
	for i := 0; i+1 < len(doc.Content[0].Content); i += 2 {
		top[doc.Content[0].Content[i].Value] = true
	}
	return !top["apiVersion"] && !top["profiles"] && (top["kafka"] || top["policy"] || top["admin"] || top["pipeline"] || top["keys"])
}

// checkWithPolicy checks what only configuration and policy together can tell.
func checkWithPolicy(cfg *config) rules.Problems {
	l := &configLoader{c: cfg, file: cfg.file, lines: nil}
	if cfg.Policy == "" {
		l.report(0, 0, rules.Error, "it names no policy", "set policy: policy.yaml")
		return l.problems
	}
	if len(cfg.Kafka.Brokers) == 0 {
		l.report(0, 0, rules.Error, "it names no brokers", "set kafka: {brokers: [host:port]}")
	}
	policy, problems := rules.Load(cfg.Policy)
	if policy == nil {
		if _, err := os.Stat(cfg.Policy); err != nil {
			return append(l.problems, problems...)
		}
		l.report(0, 0, rules.Error, "the policy that it names, "+cfg.Policy+", has problems", "redactor validate "+cfg.Policy)
		return l.problems
	}
	wanted := keyNames(policy)
	for _, name := range wanted {
		if _, ok := cfg.Keys[name]; !ok {
			l.report(0, 0, rules.Error, fmt.Sprintf("it does not bind the key %s, which the policy names", name), fmt.Sprintf("keys: {%s: {file: keys/%s}}; redactor keygen makes one", name, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Keys)) {
		if !slices.Contains(wanted, name) {
			l.report(cfg.Keys[name].line, 1, rules.Warning, fmt.Sprintf("the policy names no key %s", name), rules.DidYouMean(name, wanted))
		}
	}
	return append(l.problems, policy.CheckQuarantine(cfg.Quarantine.Topic)...)
}
