package rules

import (
	"regexp"
	"strings"
	"testing"
)

// words returns all texts over alphabet of at most n letters.
func words(alphabet string, n int) []string {
	out := []string{""}
	for from := 0; n > 0; n-- {
		to := len(out)
		for _, w := range out[from:to] {
			for _, r := range alphabet {
				out = append(out, w+string(r))
			}
		}
		from = to
	}
	return out
}

// slowMatch is globMatch by Go's own regular expressions.
func slowMatch(pat, s string) bool {
	quoted := strings.ReplaceAll(regexp.QuoteMeta(pat), `\*`, `.*`)
	return regexp.MustCompile(`\A(?s:` + quoted + `)\z`).MatchString(s)
}

func TestPatterns(t *testing.T) {
	patterns, texts := words("ab*", 4), words("ab", 6)
	for _, pat := range patterns {
		for _, s := range texts {
			if got, want := globMatch(pat, s), slowMatch(pat, s); got != want {
				t.Fatalf("globMatch(%q, %q) = %v", pat, s, got)
			}
		}
	}
}

// TestOverlap compares with trying all texts: two patterns of three characters
// that meet at all meet in a text of six.
func TestOverlap(t *testing.T) {
	patterns, texts := words("ab*", 3), words("ab", 6)
	for _, a := range patterns {
		for _, b := range patterns {
			want := false
			for _, s := range texts {
				want = want || globMatch(a, s) && globMatch(b, s)
			}
			got, ok := overlap(a, b)
			if ok != want {
				t.Fatalf("overlap(%q, %q) = %v", a, b, ok)
			}
			if ok && !(globMatch(a, got) && globMatch(b, got)) {
				t.Fatalf("overlap(%q, %q): %q is no such text", a, b, got)
			}
		}
	}
}

func TestCovers(t *testing.T) {
	// A third letter, since the claim is about alphabets larger than a pattern.
	patterns, texts := words("ab*", 3), words("abc", 5)
	for _, a := range patterns {
		for _, b := range patterns {
			want := true
			for _, s := range texts {
				if globMatch(b, s) && !globMatch(a, s) {
					want = false
				}
			}
			if got := globCovers(a, b); got != want {
				t.Fatalf("globCovers(%q, %q) = %v", a, b, got)
			}
		}
	}
}
