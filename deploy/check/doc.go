// Package check holds what lies in deploy to the programs that will read it:
// Helm's own engine and linter, the Kubernetes types, Compose's own loader.
//
// It is a module of its own: the product depends on none of them.
package check
