package main

import (
	"strings"

	"github.com/spf13/cobra"

	"redactor/rules"
)

// defaultPolicy is where commands look when none is named.
const defaultPolicy = "policy.yaml"

// loadPolicy reads a policy that data will go through. Warnings are
// validate's to show.
func loadPolicy(path string) (*rules.Policy, error) { return policyOr(exitConfig, path) }

// readPolicy reads a policy that is only looked at.
func readPolicy(path string) (*rules.Policy, error) { return policyOr(exitFindings, path) }

func policyOr(code int, path string) (*rules.Policy, error) {
	p, problems := rules.Load(path)
	if problems.HasErrors() {
		return nil, &failure{code: code, problems: problems}
	}
	return p, nil
}

func profileNames(p *rules.Policy) []string {
	names := make([]string, len(p.Profiles))
	for i := range p.Profiles {
		names[i] = p.Profiles[i].Name
	}
	return names
}

// keyNames returns the names of the keys that the policy uses.
func keyNames(p *rules.Policy) []string {
	var names []string
	for i := range p.Profiles {
		if k := p.Profiles[i].Key.Text; k != "" {
			names = append(names, k)
		}
	}
	return names
}

// keyOf returns the name of a profile's key, or "".
func keyOf(p *rules.Policy, profile string) string {
	for i := range p.Profiles {
		if p.Profiles[i].Name == profile {
			return p.Profiles[i].Key.Text
		}
	}
	return ""
}

// nearest proposes what somebody may have meant, or lists what there is.
func nearest(word string, candidates []string) string {
	if s := rules.DidYouMean(word, candidates); s != "" {
		return s
	}
	return "there are " + strings.Join(candidates, ", ")
}

// completeProfile makes --profile complete to the profiles of the policy that
// the command line names so far.
func completeProfile(cmd *cobra.Command, policy func(args []string) string) {
	err := cmd.RegisterFlagCompletionFunc("profile", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		p, _ := rules.Load(policy(args))
		if p == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return profileNames(p), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic("redactor: internal error: " + err.Error())
	}
}

// policyArg returns the policy that a command was given, or the default.
func policyArg(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return defaultPolicy
}

// policyFlag lets the commands that take policies as arguments take them by -p
// as well: that is where redact and explain have theirs.
func policyFlag(cmd *cobra.Command, files *[]string) {
	cmd.Flags().StringArrayVarP(files, "policy", "p", nil, "policy file, as the argument")
}
