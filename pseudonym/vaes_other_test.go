//go:build !amd64

package pseudonym

func setVAES(bool) bool { return false }
