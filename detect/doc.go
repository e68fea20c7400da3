// Package detect knows how identifiers look: which class a value is of, what
// its canonical form is, and where in a text one stands.
package detect
