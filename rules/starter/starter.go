// Package starter holds the two files that `redactor init` writes and that
// `redactor demo` runs: a policy that teaches the language, and the
// configuration that goes with it. They are files, and not strings in code,
// because people read them first.
package starter

import _ "embed" // for the files

// Policy is the starter policy. It is marked `demo: true`: `run` refuses it
// until its owner has made it theirs.
//
//go:embed policy.yaml
var Policy []byte

// Config is the starter redactor.yaml.
//
//go:embed redactor.yaml
var Config []byte

// Keys are the names of the keys that both files speak of.
var Keys = []string{"join-analytics", "join-academic", "join-crash"}
