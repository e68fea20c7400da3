package main

import "redactor/pseudonym"

// harden prepares a process that will hold keys for months: the cryptography
// is tried first, and what holds the keys in memory is not written to a file by
// a crash.
func harden() error {
	if err := selfTest(); err != nil {
		return err
	}
	if err := withoutCoreDumps(); err != nil {
		return configf("core dumps cannot be turned off, and would hold the keys: %w", err)
	}
	return nil
}

// selfTest makes sure that this build makes the pseudonyms that every other one
// makes.
func selfTest() error {
	if err := pseudonym.SelfTest(); err != nil {
		return configf("%w; nothing was read", err)
	}
	return nil
}
