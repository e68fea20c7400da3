package redact

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets all tests run on the portable scanner: go test ./redact -portable.
func TestMain(m *testing.M) {
	portable := flag.Bool("portable", false, "use no vectors")
	flag.Parse()
	if *portable {
		useVectors = false
	}
	os.Exit(m.Run())
}
