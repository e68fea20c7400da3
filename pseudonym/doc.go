// Package pseudonym holds keys and keyed primitives: the file an auditor reads
// first.
//
// It stands on two words. A Secret is 32 random bytes that one profile owns; a
// Subkey is what HKDF makes of it for one owner, recipient, profile, domain and
// epoch. A pseudonym is
//
//	MAC(Subkey, LP(type) || LP(canonical value))[:16]
//
// where LP puts the length of a string, two bytes, before it. The same value
// under the same Subkey and type has the same pseudonym; whatever else differs,
// two pseudonyms have no relation that anybody without the Secret can find.
//
// What does not exist here: a hash without a key, a default key, a key from the
// environment, a way to print a key, a way back from a pseudonym to its value.
package pseudonym
