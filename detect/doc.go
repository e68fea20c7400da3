// Package detect knows how identifiers look: which class a value is of, what
// its canonical form is, and where in a text one stands.
//
// It stands on two words. A Class is what a field is, the policy's `is:`. The
// canonical form of a value is what all spellings of one identifier have in
// common: a keyed transform is computed over it, so that an IMEI with dashes,
// as a number, or with a version behind it has one pseudonym. Two identifiers
// never share a canonical form, and values that are nobody have none.
//
// Everything here works on bytes, allocates nothing, and returns small enums:
// there are no errors, because what they would say is the value.
package detect
