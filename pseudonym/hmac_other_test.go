//go:build !amd64

package pseudonym

func setSHA(bool) bool { return false }
