package rules

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"redactor/detect"
)

// required reads testdata/required.txt: what the catalog must know, by names.
func required(t *testing.T) []requirement {
	page, err := os.ReadFile("testdata/required.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []requirement
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		head, names, ok := strings.Cut(line, ":")
		var r requirement
		var class string
		n, _ := fmt.Sscanf(head, "%s L%d %s", &r.group, &r.level, &class)
		known := class == "none"
		if !known {
			r.class, known = detect.ParseClass(class)
		}
		if !ok || n != 3 || !known {
			t.Fatalf("required.txt: %q is not of the form: group Ln class: names", line)
		}
		r.names = strings.Fields(names)
		list = append(list, r)
	}
	return list
}

type requirement struct {
	group string
	level int
	class detect.Class
	names []string
}

// stdMatches returns the entries of the whole catalog that match name, the way
// the language says it: folded, a leading * for any beginning.
func stdMatches(name string) (exact, wild []StdEntry) {
	for _, group := range stdGroupNames() {
		list, _ := stdGroup(group)
		for _, e := range list {
			for _, key := range e.Keys {
				suffix, isWild := strings.CutPrefix(foldName(key), "*")
				switch {
				case isWild && strings.HasSuffix(foldName(name), suffix):
					wild = append(wild, e)
				case !isWild && foldName(name) == suffix:
					exact = append(exact, e)
				}
			}
		}
	}
	return exact, wild
}

func TestStdKnowsEveryRequiredName(t *testing.T) {
	for _, want := range required(t) {
		group, ok := stdGroup(want.group)
		if !ok {
			t.Fatalf("no group %s", want.group)
		}
		for _, name := range want.names {
			exact, wild := stdMatches(name)
			if len(exact) != 1 {
				t.Errorf("%s: %d entries have it as a key, want 1", name, len(exact))
				continue
			}
			got := exact[0]
			if got.Level != want.level || got.Class != want.class {
				t.Errorf("%s: entry %s is L%d %v, want L%d %v", name, got.Name, got.Level, got.Class, want.level, want.class)
			}
			if !slices.ContainsFunc(group, func(e StdEntry) bool { return e.Name == got.Name }) {
				t.Errorf("%s: entry %s is not in %s", name, got.Name, want.group)
			}
			for _, w := range wild {
				if w.Name != got.Name && (w.Level != got.Level || w.Class != got.Class) {
					t.Errorf("%s: a wildcard of %s (L%d) overrides %s", name, w.Name, w.Level, got.Name)
				}
			}
		}
	}
}

// testdata/required.txt is a copy; where the original is at hand, no word of it may
// be missing here.
func TestRequiredIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../shared/requirements.md")
	if err != nil {
		t.Skip("the requirements are not beside this module")
	}
	known := strings.Fields(strings.Join(stdContainers(), " ") + `
		own domain cell push tokens only drop or replace coarse lists four apps single a person out until scrubbed
		postalAddress imContent callRecords`)
	for _, r := range required(t) {
		known = append(known, r.names...)
	}
	_, table, _ := strings.Cut(string(page), "| group |")
	table, _, _ = strings.Cut(table, "\n## 2")
	phrases := strings.NewReplacer("postal address", "postalAddress", "IM content", "imContent", "call records", "callRecords",
		"`ap`", "", "·", " ", ":", " ", ";", " ", ",", " ", "(", " ", ")", " ", "L4", "", "L3", "", "L2", "")
	words := 0
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, word := range strings.Fields(phrases.Replace(cells[2])) {
			words++
			if !slices.Contains(known, word) {
				t.Errorf("requirements.md 1 names %s, and testdata/required.txt does not", word)
			}
		}
	}
	if words < 200 {
		t.Fatalf("read %d words of the table; its form must have changed", words)
	}
}

func TestStdFolds(t *testing.T) {
	for name, want := range map[string]string{
		"IMEI": "imei", "imei_1": "imei", "Device-IMEI": "imei", "sim2_imei": "imei", "android-id": "android-id", "ANDROID_ID": "android-id",
		"X-Forwarded-For": "client-ip", "client_ip": "client-ip", "wifi_mac_address": "mac", "user_id": "user-id", "targetUserID": "user-id",
		"real_name": "person-name", "start_latitude": "coordinates", "app_secret": "api-key", "wx_openid": "user-id", "csrf-token": "token",
		"old_password": "password", "pay_phone_no": "phone", "router_bssid": "bssid",
	} {
		exact, wild := stdMatches(name)
		all := append(exact, wild...)
		if len(all) == 0 || all[0].Name != want {
			t.Errorf("%s: matched by %v, want %s first", name, all, want)
		}
	}
}

// Names that end or begin like one of ours and hold nothing of a person.
func TestStdLeavesHarmlessNamesAlone(t *testing.T) {
	for _, name := range strings.Fields(`homeId gameId frameId cloudId format flat microphone headphone isPhone isValidCard machine macro
		ship clip zipped chip tooltip description_length pageSize cityCount platform_fee renamed filename_length emailVerified spinner
		pingPong mailbox_size typeface countdown battery_temperature codec levels statusBar tokenizer secretary sidebar`) {
		exact, wild := stdMatches(name)
		if len(exact)+len(wild) > 0 {
			t.Errorf("%s is matched by %v", name, append(exact, wild...))
		}
	}
}

func TestStdContainersAreTheRequiredOnes(t *testing.T) {
	want := strings.Fields(`device network net wifi cell location loc user account app event events data payload properties props context ctx
		params body request response extra meta items list`)
	if got := stdContainers(); !slices.Equal(got, want) {
		t.Errorf("containers: %v\nwant %v", got, want)
	}
}

func TestStdUse(t *testing.T) {
	for _, c := range []struct{ use, want string }{
		{"", ""},
		{"std/nothing", ""},
		{"std/device", "std/device std/secrets"},
		{"std/secrets", "std/secrets"},
		{"std/text std/usage std/device std/text", "std/device std/secrets std/usage std/technical std/text"},
	} {
		if got := strings.Join(stdUse(strings.Fields(c.use)), " "); got != c.want {
			t.Errorf("use %q takes up %q, want %q", c.use, got, c.want)
		}
	}
}

// The names that policies of the design speak of are entries of the groups that they use.
func TestStdNamesOfTheDesign(t *testing.T) {
	for group, names := range map[string]string{
		"std/network": "client-ip", "std/usage": "event-time", "std/person": "age", "std/text": "message",
	} {
		list, _ := stdGroup(group)
		if !slices.ContainsFunc(list, func(e StdEntry) bool { return e.Name == names }) {
			t.Errorf("%s has no entry %s", group, names)
		}
	}
}

// The engine finds no tie either, where it looks: at every exact name and at
// the shortest name of each wildcard. A policy over the whole catalog, in which
// every entry has an outcome that no other has, compiles. (That wildcards never
// meet on longer names is the catalog's own test: TestNoWildcardsMeet.)
func TestStdNeverTies(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: redactor/v1\nname: all\nnamespace: test\nuse: [%s]\nprofiles:\n  own:\n    internal: true\n    fields:\n", strings.Join(stdGroupNames(), ", "))
	count := 0
	for _, group := range stdGroupNames() {
		list, _ := stdGroup(group)
		for _, e := range list {
			fmt.Fprintf(&b, "      %s: {replace: \"<%s>\"}\n", e.Name, e.Name)
			count++
		}
	}
	b.WriteString("streams: [{from: in, to: {own: out}}]\n")
	p, problems := Parse("all.yaml", []byte(b.String()))
	if problems.HasErrors() {
		problems.Render(os.Stderr, false)
		t.Fatal("a policy over the whole catalog does not compile")
	}
	if len(p.Catalog) != count {
		t.Errorf("the policy has %d entries, the catalog %d", len(p.Catalog), count)
	}
}
