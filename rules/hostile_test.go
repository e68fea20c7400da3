package rules

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestHostileFiles: files made to cost time or memory end soon, with a few
// words. The clock is the test's own timeout: the worst of these took minutes
// before it was bounded.
func TestHostileFiles(t *testing.T) {
	const size = maxSource / 16
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	numbered := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, format, i, i)
		}
		return b.String()
	}
	const head = "apiVersion: redactor/v1\nname: a\nnamespace: b\nprofiles: {p: {}, q: {}}\n"
	const streams = "streams: [{from: a, to: {p: b}}]\n"
	for name, src := range map[string]string{
		"brackets":   repeat("["),
		"braces":     repeat("{a: "),
		"dashes":     repeat("- "),
		"quote":      "a: \"" + repeat("x"),
		"documents":  repeat("---\n"),
		"keys":       numbered("k%d: v%d\n"),
		"equal keys": repeat("a: 1\n"),
		"anchors":    numbered("k%d: &a%d x\n"),
		"aliases":    "a: &x [1,2,3]\nb: [" + repeat("*x,") + "1]\n",
		"nonsense":   head + streams + "fields:\n" + repeat("  - {x: y}\n"),
		"wildcards":  head + streams + "fields:\n" + numbered("  - {name: f%d, level: L4, keys: [\"*k%d*x*\"]}\n"),
		"groups":     head + streams + "use: [" + repeat("std/devise,") + "]\n",
		"profiles":   "apiVersion: redactor/v1\nname: a\nnamespace: b\n" + streams + "profiles:\n" + numbered("  p%d: {extends: p%d}\n"),
		"streams":    head + "streams:\n" + numbered("  - {from: \"*a*b*c%d*\", to: {p: \"o{topic}%d\", q: \"{topic}x{topic}\"}}\n"),
		"topics":     head + "streams:\n" + strings.Repeat("  - {from: \""+strings.Repeat("ab*", 70)+"\", to: {p: \"{topic}\", q: \"x{topic}\"}}\n", maxStreams/2),
	} {
		_, problems := parseAt("policy.yaml", []byte(src), testDay)
		var b bytes.Buffer
		if err := problems.Render(&b, false); err != nil {
			t.Fatal(err)
		}
		if len(problems) == 0 || len(problems) > maxProblems+10 || b.Len() > 1<<17 {
			t.Errorf("%s: %d problems, shown in %d bytes", name, len(problems), b.Len())
		}
	}
}
