//go:build !amd64

package detect

// useVBMI is here for the tests that compare paths; there is one.
var useVBMI = false
