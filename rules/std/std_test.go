package std

import (
	"regexp"
	"strings"
	"testing"

	"redactor/detect"
)

var (
	kebab   = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	keyForm = regexp.MustCompile(`^\*?[A-Za-z][A-Za-z0-9]*$`)
)

func fold(s string) string { return strings.ToLower(s) }

// all yields every entry with its group.
func all(yield func(group string, e Entry) bool) {
	for _, name := range Names() {
		list, _ := Group(name)
		for _, e := range list {
			if !yield(name, e) {
				return
			}
		}
	}
}

func TestEntriesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for group, e := range all {
		switch {
		case !kebab.MatchString(e.Name):
			t.Errorf("%s: %q is not kebab-case", group, e.Name)
		case seen[e.Name]:
			t.Errorf("%s: %s stands twice", group, e.Name)
		case e.Level < 1 || e.Level > 4:
			t.Errorf("%s: level %d", e.Name, e.Level)
		case len(e.Keys) == 0:
			t.Errorf("%s: no keys", e.Name)
		case !strings.HasSuffix(e.Doc, ".") || strings.Contains(e.Doc, ". ") || len(e.Doc) > 90:
			t.Errorf("%s: the doc is not one short sentence: %q", e.Name, e.Doc)
		case e.Source == "":
			t.Errorf("%s: no source", e.Name)
		case (e.Class == detect.Secret) != (group == "std/secrets"):
			t.Errorf("%s: secrets and std/secrets are one thing, because that group comes with every other", e.Name)
		}
		seen[e.Name] = true
		for _, key := range e.Keys {
			if !keyForm.MatchString(key) {
				t.Errorf("%s: key %q: want a plain name, with no more than a leading *", e.Name, key)
			}
		}
	}
}

// An exact key stands once in the whole catalog.
func TestNoKeyTwice(t *testing.T) {
	owner := map[string]string{}
	for _, e := range all {
		for _, key := range e.Keys {
			if first := owner[fold(key)]; first != "" {
				t.Errorf("key %s stands in %s and in %s", key, first, e.Name)
			}
			owner[fold(key)] = e.Name
		}
	}
}

// No name is matched by wildcards of two entries: all have the form *x, and
// none ends in another entry's x.
func TestNoWildcardsMeet(t *testing.T) {
	owner := map[string]string{}
	for _, e := range all {
		for _, key := range e.Keys {
			if suffix, wild := strings.CutPrefix(fold(key), "*"); wild {
				owner[suffix] = e.Name
			}
		}
	}
	if len(owner) < 20 {
		t.Fatalf("only %d wildcards found", len(owner))
	}
	for a, entryA := range owner {
		for b, entryB := range owner {
			if entryA != entryB && strings.HasSuffix(a, b) {
				t.Errorf("*%s of %s and *%s of %s match the same names", a, entryA, b, entryB)
			}
		}
	}
}

// A wildcard may cover another entry's exact key only where both say the same
// of it, so that neither surprises.
func TestWildcardsCoverOnlyTheirOwn(t *testing.T) {
	for _, w := range all {
		for _, pattern := range w.Keys {
			suffix, wild := strings.CutPrefix(fold(pattern), "*")
			if !wild {
				continue
			}
			for _, e := range all {
				for _, key := range e.Keys {
					if e.Name != w.Name && strings.HasSuffix(fold(key), suffix) && (e.Class != w.Class || e.Level != w.Level || e.Domain != w.Domain) {
						t.Errorf("%s of %s covers %s of %s, which is another thing", pattern, w.Name, key, e.Name)
					}
				}
			}
		}
	}
}

func TestAccessPointsHaveTheirOwnDomain(t *testing.T) {
	for _, e := range all {
		want := ""
		switch e.Name {
		case "bssid", "ssid", "wifi-list":
			want = "ap"
		case "cell-id":
			want = "cell"
		case "device-name":
			want = "device-name"
		case "order-id":
			want = "order"
		case "transaction":
			want = "transaction"
		case "trace-id":
			want = "trace"
		case "click-id":
			want = "click"
		case "group-id":
			want = "group"
		}
		if e.Domain != want {
			t.Errorf("%s: domain %q, want %q", e.Name, e.Domain, want)
		}
	}
}

// The slices of Group are the caller's: a policy that edits one does not edit
// the catalog.
func TestGroupIsACopy(t *testing.T) {
	first, _ := Group("std/device")
	first[0].Keys[0] = "changed"
	first[0].Level = 1
	second, _ := Group("std/device")
	if second[0].Keys[0] != "imei" || second[0].Level != 4 {
		t.Errorf("the catalog was changed through a returned slice: %v", second[0])
	}
}

// The whole catalog is ready in well under a millisecond.
func BenchmarkAllGroups(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for _, name := range Names() {
			Group(name)
		}
	}
}
