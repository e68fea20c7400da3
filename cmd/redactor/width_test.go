package main

import "testing"

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"abc", 5, "abc  "},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"北京市", 6, "北京市"},
		{"北京市", 5, "北京…"},
		{"北京市", 4, "北… "}, // a wide rune that would straddle the edge
		{"abc", 0, ""},
		{"", 2, "  "},
	} {
		if got := fit(c.in, c.width); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
		if got := textWidth(fit(c.in, c.width)); got != c.width {
			t.Errorf("fit(%q, %d) is %d wide", c.in, c.width, got)
		}
	}
}

func TestVisible(t *testing.T) {
	if got := visible("a\x1b]0;title\x07b\u202ec\xff"); got != "a·]0;title·b·c·" {
		t.Errorf("%q", got)
	}
}
