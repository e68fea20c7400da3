package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// disguises hide a text in an output in every way that never: promises to see.
var disguises = map[string]func(s string) string{
	"as it is":         func(s string) string { return s },
	"upper case":       strings.ToUpper,
	"lower case":       strings.ToLower,
	"hex":              func(s string) string { return hex.EncodeToString([]byte(s)) },
	"upper hex":        func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"base64":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, url":      func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64, offset 1": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s + "y")) },
	"base64, offset 2": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("xy" + s + "zz")) },
	"base64, offset 3": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("xyz" + s)) },
	"query":            url.QueryEscape,
	"path":             url.PathEscape,
	"percent, all": func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02x", s[i])
		}
		return b.String()
	},
	"percent, twice": func(s string) string { return url.QueryEscape(url.QueryEscape("/" + s)) },
	"backwards":      reversed,
	"JSON": func(s string) string {
		b, _ := json.Marshal(s)
		return string(b)
	},
	"JSON, all escaped": func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if r > 0xffff {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, `\u%04X`, r)
			}
		}
		return b.String()
	},
	"JSON in JSON": func(s string) string {
		b, _ := json.Marshal(map[string]string{"a": s + `"`})
		b, _ = json.Marshal(string(b))
		return string(b)
	},
	"HTML, decimal": func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, "&#%d;", r)
		}
		return b.String()
	},
	"HTML, hex": func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, "&#x%X;", r)
		}
		return b.String()
	},
	"HTML in JSON": func(s string) string { return "a" + strings.ReplaceAll(html.EscapeString(s), "&", `\u0026`) },
	"slashes":      func(s string) string { return strings.ReplaceAll(s, "/", `\/`) },
}

func TestNeverSeesThrough(t *testing.T) {
	secrets := []string{"356938035643809", "u-1001", "203.0.113.77", "Eve <eve@example.com>", "a/b?c=d&é", "王小明先生", "x\"\\\ny"}
	for name, hide := range disguises {
		for _, s := range secrets {
			out := []byte(`{"a":"..` + hide(s) + `.."}`)
			if FindHidden(out, s) == "" {
				t.Errorf("%s: %q is not found in %s", name, s, out)
			}
		}
	}
}

// TestNeverIsNoAlarm: outputs without the text are not accused, short texts
// included.
func TestNeverIsNoAlarm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678{}\":,%+/"
	for range 2000 {
		out := make([]byte, 400)
		for i := range out {
			out[i] = letters[rng.IntN(len(letters))]
		}
		for _, s := range []string{"356938035649", "??", "日本", "99"} {
			if how := FindHidden(out, s); how != "" && !bytes.Contains(unescapePercent(out), []byte(s)) {
				t.Fatalf("%q is said to stand%s in %s", s, how, out)
			}
		}
	}
	if FindHidden(nil, "x") != "" || FindHidden([]byte("x"), "") != "" {
		t.Error("nothing stands in nothing")
	}
}

func TestBase64FormsAreWholeCharacters(t *testing.T) {
	for n := 4; n < 30; n++ {
		text := strings.Repeat("\xfb\xef\xbe?~", 6)[:n]
		for before := range 6 {
			for after := range 6 {
				src := strings.Repeat("\xaa", before) + text + strings.Repeat("\x55", after)
				for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
					out := enc.EncodeToString([]byte(src))
					found := false
					for _, f := range base64Forms(text) {
						found = found || strings.Contains(out, string(f))
					}
					if !found {
						t.Fatalf("%q is not found in %s", text, out)
					}
				}
			}
		}
	}
}
