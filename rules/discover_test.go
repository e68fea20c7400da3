package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// discovered are records with values, and names that are values, which no
// output of a Discovery may show.
var discovered = []string{
	`{"imei":"356938035643809","seq":4711,"probe":{"peer_addr":"203.0.113.77","lat":48.85837,"buyerPhone":"+8613800138000"},"note":"call 13800138001 at noon please"}`,
	`{"imei":"490154203237518","seq":4712,"contacts":{"13900139002":{"since":2011},"13900139003":{"since":2012}},"wrong way":{"it's":["Zhang San"]}}`,
	`{"bob@example.com":{"quux":"zzyzx"},"seq":4713,"who":[{"q":"13800138004"},{"q":"13800138005"}],"seen":1730448000123,"none":null}`,
	`not json, 13800138006`,
}

func discover(records []string, p *Policy) *Discovery {
	d := NewDiscovery(p)
	for _, r := range records {
		d.Add([]byte(r))
	}
	return d
}

func TestDiscoverShowsNoValue(t *testing.T) {
	d := discover(discovered, nil)
	for name, write := range map[string]func(io.Writer) error{
		"text": d.WriteText, "json": d.WriteJSON, "policy": func(w io.Writer) error { return d.WritePolicy(w, "logs") },
	} {
		out := shown(t, write)
		for _, value := range []string{
			"356938035643809", "490154203237518", "4711", "203.0", "48.8", "13800138", "13900139", "call", "Zhang", "bob", "quux", "zzyzx", "1730448", "2011", "not json",
		} {
			if strings.Contains(out, value) {
				t.Errorf("%s shows %q:\n%s", name, value, out)
			}
		}
	}
}

func TestDiscoverFinds(t *testing.T) {
	out := shown(t, discover(discovered, nil).WriteText)
	for _, want := range []string{
		"4 records, ", "; 1 record could not be read\n",
		"\n  $.imei ", "imei (L4)  2 values, 2 different: <15 digits>; like imei 2\n",
		"3 values, 3 different: <number, 4 digits>\n",
		"\ncontainers: [\"probe\"]\n",
		"\n  - {name: peer-addr, level: L4, is: ip, paths: [\"$.probe.peer_addr\"]}\n",
		"\n  - {name: buyer-phone, level: L4, is: phone, paths: [\"$.probe.buyerPhone\"]}\n",
		"\n  - {name: q, level: L4, is: phone, paths: [\"$.who[*].q\"]}\n",
		"\n  - {name: seen, level: L4, is: time, paths: [\"$.seen\"]}\n",
		"\n  - {name: contacts-2, level: L4, paths: [\"$.contacts..*\"]}\n",
		"\n  $..* ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, `paths: ["$..*"]`) {
		t.Errorf("it proposes to take whole records:\n%s", out)
	}
}

// The policy that is written validates and decides about every place, but for
// those below names that are data.
func TestDiscoverWritesAPolicy(t *testing.T) {
	strange := []string{
		`{"a":{"b'c":1,"d\"e":{"f\\g":[[2]]}},"名字":1,"":2,"x:y":{"- z":1},"#":1,"null":1,"true":[1],"__proto__":{},"a.b":1,"a b":2,"a_b":"3","é":4}`,
		`{"` + strings.Repeat("n", 48) + `":1,"` + strings.Repeat("m", 49) + `":1,"\u0085":1,"\u2028":2,"\ufeff":3,"$":{"*":1,"[0]":2,"..":3}}`,
		`[1,[2,{"k":3}],{}]`, `"scalar"`, `7`, `{}`, `[]`,
	}
	for _, records := range [][]string{discovered, strange} {
		d := discover(records, nil)
		src := shown(t, func(w io.Writer) error { return d.WritePolicy(w, "device.logs") })
		p, problems := Parse("policy.yaml", []byte(src))
		if problems.HasErrors() {
			t.Fatalf("%v\n%s", problems.Err(), src)
		}
		if _, problems := p.Compile(TestKeys); problems.HasErrors() {
			t.Fatalf("%v\n%s", problems.Err(), src)
		}
		found := discover(records, p).Found()
		for _, f := range found {
			if !f.Known && !strings.HasSuffix(f.Path, "..*") {
				t.Errorf("%s is still unknown to\n%s", f.Path, src)
			}
		}
	}
}

// An object with ever new names is a map of data; memory stays bounded.
func TestDiscoverFoldsMaps(t *testing.T) {
	d := NewDiscovery(nil)
	var b bytes.Buffer
	for i := range 3 * maxMembers {
		b.Reset()
		fmt.Fprintf(&b, `{"friends":{"u%s":{"since":1,"kind":"x"}},"seq":1}`, strings.Repeat("a", i%7)+word(i))
		d.Add(b.Bytes())
	}
	var paths []string
	for _, f := range d.Found() {
		paths = append(paths, f.Path)
	}
	if got := strings.Join(paths, " "); got != "$.friends..* $.seq" {
		t.Errorf("%d places: %s", len(paths), clip(got))
	}
	if len(d.members) > 2 {
		t.Errorf("it remembers the names of %d objects", len(d.members))
	}
}

// word spells a number in letters.
func word(n int) string {
	s := ""
	for ; n > 0; n /= 26 {
		s += string(rune('a' + n%26))
	}
	return s + "z"
}

func TestDiscoverJSON(t *testing.T) {
	var got struct {
		Version, Records, Malformed int
		Containers                  []string
		Places                      []struct {
			Path, YAML string
			Known      bool
		}
	}
	if err := json.Unmarshal([]byte(shown(t, discover(discovered, nil).WriteJSON)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.Records != 4 || got.Malformed != 1 || len(got.Containers) != 1 || len(got.Places) < 8 {
		t.Errorf("%+v", got)
	}
}

// TestDiscoverEnvelope: keys and headers are places too, with proposals that
// validate; names of headers that are data are one place.
func TestDiscoverEnvelope(t *testing.T) {
	d := NewDiscovery(nil)
	for i := range 3 {
		d.AddRecord(&Record{
			Key: fmt.Appendf(nil, "1380013800%d", i), Value: fmt.Appendf(nil, `{"seq":%d,"x-user":"u%d"}`, i, i),
			Headers: []Header{{"X-User", []byte("u-1001")}, {"X-Forwarded-For", fmt.Appendf(nil, "203.0.113.%d", i)}, {"13900139003", []byte("x")}, {"empty", nil}},
		})
	}
	d.AddRecord(&Record{Key: []byte("13800138004")})
	out := shown(t, d.WriteText)
	for _, want := range []string{
		"4 records, ",
		"\n  record key ", "4 values, 4 different: <11 digits>; like phone 4\n",
		"\n  header X-Forwarded-For ", "like ip 3\n", "\n  header * ",
		"\n  - {name: record-key, level: L4, is: phone, record_key: true}\n",
		", is: ip, headers: [\"X-Forwarded-For\"]}\n",
		", headers: [\"X-User\"]}\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	policy := shown(t, func(w io.Writer) error { return d.WritePolicy(w, "logs") })
	for _, value := range []string{"138001", "u-1001", "203.0", "13900139003"} {
		if strings.Contains(out, value) || strings.Contains(policy, value) {
			t.Errorf("%q is shown", value)
		}
	}
	known := policyOf(t, policy)
	again := NewDiscovery(known)
	again.AddRecord(&Record{Key: []byte("1"), Headers: []Header{{"x-user", []byte("2")}}, Value: []byte(`{"seq":1}`)})
	for _, f := range again.Found() {
		if !f.Known {
			t.Errorf("the policy that was written does not know %s", f.Path)
		}
	}
}
