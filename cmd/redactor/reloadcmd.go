package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"redactor/internal/admin"
)

const reloadHelp = `Make a running proxy take its policy, and its keys, anew: the same as SIGHUP.

The proxy reads the files that its own configuration names. It parses the policy,
runs its tests, finds its keys and topics, and holds it to what was signed: a policy
that gives any recipient more is taken only with another approved: block. When
anything is wrong the one before stays in force, and this says why.

Exit: 0 when the policy was taken, 1 when it was refused, 69 when no proxy answers.`

func newReload() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:     "reload",
		Short:   "Make a running proxy take its policy and keys anew",
		Long:    reloadHelp,
		Example: "  redactor diff main:policy.yaml policy.yaml && redactor reload -c redactor.yaml",
		GroupID: groupRun,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, problems := loadConfig((&runOptions{config: config}).configPath(), os.Environ())
			if problems.HasErrors() {
				return &failure{code: exitConfig, problems: problems}
			}
			done, err := askReload(cfg)
			if err != nil {
				return err
			}
			if !done.OK {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s\nThe policy was refused; %.12s stays in force.\n", done.Why, done.Digest)
				return findings()
			}
			_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s %.12s is in force\n", done.Policy, done.Digest)
			return err
		},
	}
	cmd.Flags().StringVarP(&config, "config", "c", "", "configuration (default: $REDACTOR_CONFIG, else redactor.yaml)")
	return cmd
}

// askReload posts to the admin address of the proxy that cfg is of.
func askReload(cfg *config) (done admin.Reloaded, err error) {
	req, err := http.NewRequest(http.MethodPost, "http://"+cfg.Admin.Listen+"/reload", nil)
	if err != nil {
		return done, configf("admin.listen: %w", err)
	}
	if cfg.Admin.TokenFile != "" {
		token, err := readAtMost(cfg.Admin.TokenFile, 1<<12)
		if err != nil {
			return done, configf("admin.token_file: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	}
	// As long as a policy's tests and a look at the topics may take.
	client := http.Client{Timeout: 2 * time.Minute}
	resp, err := client.Do(req)
	if err != nil {
		return done, unavailablef("no proxy answers at %s: %w", cfg.Admin.Listen, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return done, unavailablef("the proxy at %s: %w", cfg.Admin.Listen, err)
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusConflict:
		if err := json.Unmarshal(body, &done); err != nil {
			return done, unavailablef("what answers at %s is no proxy of ours", cfg.Admin.Listen)
		}
		return done, nil
	case http.StatusUnauthorized:
		return done, configf("the proxy at %s wants a token, or another one; set admin.token_file", cfg.Admin.Listen)
	}
	return done, unavailablef("what answers at %s does not reload: %s", cfg.Admin.Listen, resp.Status)
}
