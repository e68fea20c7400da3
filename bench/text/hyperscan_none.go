//go:build !hyperscan

package main

func hyperscan() []variant { return nil }
