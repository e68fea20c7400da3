package detect

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"redactor/internal/race"
)

func newScanner(t testing.TB, set Set, custom ...CustomPattern) *Scanner {
	t.Helper()
	s, err := NewScanner(Config{Set: set, Custom: custom})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newJSONScanner is a Scanner of all detectors for JSON texts.
func newJSONScanner(t testing.TB) *Scanner {
	t.Helper()
	s, err := NewScanner(Config{Set: AllDetectors, JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// found spells spans as detector:text, in order.
func found(spans []Span, text string) []string {
	var out []string
	for _, f := range spans {
		out = append(out, f.Detector.String()+":"+text[f.Start:f.End])
	}
	return out
}

// shared are the detectors of the vectors under our names.
var shared = map[string]Detector{
	"imei15": DetectIMEI, "imeisv16": DetectIMEISV, "imsi15": DetectIMSI, "iccid": DetectICCID, "meid_hex": DetectMEID, "mac": DetectMAC, "mac_bare": DetectMAC,
	"ipv4": DetectIPv4, "ipv6": DetectIPv6, "cn_mobile": DetectPhone, "e164": DetectPhone, "cn_id18": DetectIDCard, "bank_card": DetectBankCard, "email": DetectEmail,
	"uuid": DetectUUID, "android_id": DetectAndroidID, "hex32_id": DetectUUID, "lat_lng": DetectCoordinates,
}

// beyondVectors are cases where we find more than the vectors ask, on purpose.
var beyondVectors = map[string]string{
	"loc 116.407400,39.904200": "the longitude may come first around China: the case's own note names the rule",
}

func TestDetectorVectors(t *testing.T) {
	src, err := os.ReadFile("../../shared/vectors/detectors.json")
	if err != nil {
		t.Skip("no shared vectors beside the module")
	}
	var v struct {
		Cases []struct {
			Expect          []string
			Key, Note, Text string
		}
	}
	if err := json.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	s := newScanner(t, AllDetectors)
	for _, c := range v.Cases {
		text := c.Text
		if c.Key != "" {
			text = c.Key + "=" + c.Text
		}
		var want []string
		for _, e := range c.Expect {
			name, value, _ := strings.Cut(e, ":")
			want = append(want, shared[name].String()+":"+value)
		}
		if len(want) == 2 && strings.Contains(want[1], want[0][strings.IndexByte(want[0], ':')+1:]) {
			want = want[1:] // of two finds, one inside the other, the longer stands
		}
		got := found(s.Find(nil, []byte(text)), text)
		if _, ok := beyondVectors[text]; ok {
			if len(got) != 1 {
				t.Errorf("%q: %q", text, got)
			}
			continue
		}
		if !slices.Equal(slices.Compact(got), slices.Compact(want)) {
			t.Errorf("%q (%s): %q, want %q", text, c.Note, got, want)
		}
	}
}

func TestFindNoAllocs(t *testing.T) {
	race.Skip(t)
	s := newScanner(t, AllDetectors)
	text := []byte("imei=354178036859789 mac 00:00:5E:00:53:01 ip 192.0.2.1 and 2001:db8::1, +86 138-0013-8000 a.b@example.com, 11010519491231002X 4111 1111 1111 1111 " +
		"6D92078A-8246-4BA4-AE5B-76104861E7DC 39.904200,116.407400 mac=00%3A00%3A5e%3A00%3A53%3A01 １３８００１３８０００ DE89370400440532013000 https://u:p4ss@example.com 姓名：张三 " +
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln ghp_0123456789abcdefghijABCDEFGHIJ012345 " + strings.Repeat("plain words ", 300))
	var spans []Span
	find := func() { spans = s.Find(spans[:0], text) }
	find()
	if len(spans) < 16 {
		t.Fatalf("only %q", found(spans, string(text)))
	}
	if n := testing.AllocsPerRun(100, find); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMerge(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"0-5a", "0-5a"},
		{"0-5a 5-9b", "0-5a 5-9b"},
		{"0-5a 3-9b", "0-9b"},
		{"0-9a 3-5b", "0-9a"},
		{"3-5b 0-9a", "0-9a"},
		{"0-4a 3-9b 8-20c 20-21d", "0-20c 20-21d"},
		{"0-5a 0-5b", "0-5a"},
		{"0-9a 8-12b 11-14c", "0-14a"},
	} {
		parse := func(s string) (out []Span) {
			for _, f := range strings.Fields(s) {
				var m Span
				var d byte
				if _, err := fmt.Sscanf(f, "%d-%d%c", &m.Start, &m.End, &d); err != nil {
					t.Fatal(err)
				}
				m.Detector = Detector(d - 'a')
				out = append(out, m)
			}
			return out
		}
		head := Span{Start: 100, End: 200}
		got := merge(append([]Span{head}, parse(c.in)...), 1)
		if got[0] != head || !slices.Equal(got[1:], parse(c.want)) {
			t.Errorf("%s: %v, want %s", c.in, got, c.want)
		}
	}
}
