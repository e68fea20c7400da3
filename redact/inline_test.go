package redact

import (
	"os/exec"
	"strings"
	"testing"
)

// TestInline checks that what the loops of Scan and Render are made of is
// inlined: a call in their place costs more than it does.
func TestInline(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command")
	}
	out, err := exec.Command(goTool, "build", "-gcflags=-m", "redactor/internal/jsonscan", "redactor/redact").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{
		"Load64", "Store64", "Special", "Quote", "Space", "SpaceBefore", "Literal", "digits", "stringEnd",
		"memoTag", "memoHash", "memoWay", "(*tapeNode).kind", "meta.rule", "action.op", "action.slot", "action.field", "(*renderer).copyTo", "(*renderer).put",
		"(*replacement).appendJSON", "match.entry", "match.strength",
	} {
		if !strings.Contains(string(out), ": can inline "+name+"\n") {
			t.Errorf("%s is no longer inlinable", name)
		}
	}
}
