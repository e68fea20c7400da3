package detect

import (
	"html"
	"testing"
)

func TestUnescapeHTML(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "plain": "plain", "&": "&", "a&b;": "a&b;", "&#;": "&#;", "&#x;": "&#x;", "&#51;&#x35;6": "356", "&#X4a;&#x4A;": "JJ",
		"&#29579;": "王", "&amp;#51;": "&#51;", "&lt;&gt;&quot;&apos;&amp;": "<>\"'&", "&#51&#53;": "35", "&#x110000;": "&#x110000;", "&#99999999999;": "&#99999999999;",
	} {
		if got := string(appendUnescapedHTML(nil, []byte(in))); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// FuzzUnescapeHTML: what an escaper writes comes back, and nothing panics.
func FuzzUnescapeHTML(f *testing.F) {
	for _, s := range []string{"a<b>&\"'c", "&#51;", "&#x", "王"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		appendUnescapedHTML(nil, []byte(s))
		if got := string(appendUnescapedHTML(nil, []byte(html.EscapeString(s)))); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	})
}
