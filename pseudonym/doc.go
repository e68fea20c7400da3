// Package pseudonym holds keys and keyed primitives: the file an auditor reads
// first.
package pseudonym
