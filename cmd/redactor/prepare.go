package main

import (
	"fmt"

	"redactor/pseudonym"
	"redactor/redact"
	"redactor/rules"
)

// maxPolicy bounds what is read of a policy file; the language has a limit of
// its own below it.
const maxPolicy = 16 << 20

// prepared is a policy that may run, with what was made of it.
type prepared struct {
	policy   *rules.Policy
	src      []byte // the text that was judged, whatever becomes of the file
	streams  []rules.Stream
	warnings rules.Problems // about its keys
}

// preparePolicy reads the policy and makes sure that it may run: it parses, is
// no starter, passes its own tests, and every key that it needs is there.
func preparePolicy(cfg *config, cache *redact.Cache) (*prepared, error) {
	if cfg.Policy == "" {
		return nil, configf("%s names no policy; set policy:", cfg.file)
	}
	p := new(prepared)
	var err error
	if p.src, err = readAtMost(cfg.Policy, maxPolicy); err != nil {
		return nil, configf("%s: %w", cfg.Policy, err)
	}
	policy, problems := rules.ParseWith(cfg.Policy, p.src, rules.TablesBeside(cfg.Policy))
	if problems.HasErrors() {
		return nil, &failure{code: exitConfig, problems: problems}
	}
	p.policy = policy
	if policy.Demo {
		return nil, configf(`%s is a starter policy: make it say what your logs hold and who gets what, then remove "demo: true"`, cfg.Policy)
	}
	if report := policy.RunTests(); report.Failed() > 0 {
		return nil, configf("%d of the %d tests inside %s fail; see: redactor test %s", report.Failed(), len(report.Results), cfg.Policy, cfg.Policy)
	}
	if problems := policy.CheckQuarantine(cfg.Quarantine.Topic); problems.HasErrors() {
		return nil, &failure{code: exitConfig, problems: problems}
	}
	p.streams, p.warnings = policy.CompileCached(boundKeys(cfg), cache)
	if p.warnings.HasErrors() {
		return nil, &failure{code: exitConfig, problems: p.warnings}
	}
	return p, nil
}

// boundKeys loads keys from where the configuration says. There is no way from
// here to a test key.
func boundKeys(cfg *config) rules.EpochSource {
	return func(name string) (*pseudonym.Epochs, error) {
		b, ok := cfg.Keys[name]
		if !ok {
			return nil, fmt.Errorf("%s does not bind it", cfg.file)
		}
		epochs, err := b.load()
		if err != nil {
			return nil, err
		}
		if epochs.IsTest() {
			return nil, fmt.Errorf("%s holds a test key", b.place())
		}
		return epochs, nil
	}
}
