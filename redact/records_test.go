package redact

import (
	"encoding/json"
	"strings"
	"testing"

	"redactor/detect"
	"redactor/internal/race"
	"redactor/pseudonym"
)

// realProgram has one field for each transform, for two recipients.
func realProgram(t testing.TB) *Program {
	t.Helper()
	m := must(t)
	pseudonyms := func(profile, domain string, c detect.Class) Transform {
		key := pseudonym.TestSecret(profile).Subkey("acme", profile, profile, domain, "0")
		return m(Pseudonym(PseudonymOptions{Subkey: key, Class: c, Test: true}))
	}
	p, err := Compile(Spec{
		Containers: []string{"net", "trip"},
		Fields: []Field{
			{Name: "imei", Class: detect.IMEI, Level: 4, Keys: []string{"imei", "imei2"}},
			{Name: "user", Class: detect.Account, Level: 4, Keys: []string{"user_id"}},
			{Name: "client-ip", Class: detect.IP, Level: 3, Keys: []string{"ip", "xff"}},
			{Name: "trip", Class: detect.Location, Level: 4, Paths: []string{"$.trip[*].lat", "$.trip[*].lon"}},
			{Name: "age", Class: detect.Number, Level: 3, Keys: []string{"age"}},
			{Name: "event-time", Class: detect.Time, Level: 3, Keys: []string{"ts"}},
			{Name: "phone", Class: detect.Phone, Level: 4, Keys: []string{"phone"}},
			{Name: "message", Class: detect.Text, Level: 4, Keys: []string{"msg"}},
		},
		Profiles: []Profile{
			{Name: "analytics", Transforms: []Transform{pseudonyms("analytics", "imei", detect.IMEI), pseudonyms("analytics", "account", detect.Account), m(IPTruncate(24, 48)), m(Round(1)),
				m(Bucket(BucketOptions{Width: "10", Top: "90"})), m(TimeTruncate(TimeHour)), m(Mask(MaskOptions{KeepLast: 2})), Replace("[removed]")}},
			{Name: "academic", Transforms: []Transform{pseudonyms("academic", "imei", detect.IMEI), Drop(), Drop(), m(Round(0)), m(Bucket(BucketOptions{Width: "10", Top: "90"})),
				m(TimeTruncate(TimeDay)), Drop(), Drop()}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const realRecord = `{"imei":"35-693803-564380-9","imei2":356938035643809,"user_id":"u\u002d1001","net":{"ip":"203.0.113.77","xff":"203.0.113.77, 2001:db8:1:2::1"},` +
	`"trip":[{"lat":48.85837,"lon":"2.29448"},{"lat":true,"lon":null}],"age":"97","ts":"2026-11-21T21:05:33.250Z","phone":"+86 138-0013-8000","msg":"call \"Alice\""}`

func TestRealRecord(t *testing.T) {
	m := realProgram(t).NewMachine()
	if v := m.Scan([]byte(realRecord)); v.Outcome != Passed {
		t.Fatalf("%v %v", v.Outcome, v.Reason)
	}
	out, v := m.Render(nil, 0)
	if v.Outcome != Passed {
		t.Fatalf("%v %v", v.Outcome, v.Reason)
	}
	var got struct {
		IMEI, IMEI2, Age, TS, Phone, Msg string
		User                             string `json:"user_id"`
		Net                              map[string]string
		Trip                             []map[string]any
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if !strings.HasPrefix(got.IMEI, "test_") || got.IMEI != got.IMEI2 || len(got.IMEI) != 27 || got.User == got.IMEI {
		t.Errorf("pseudonyms: %s %s %s", got.IMEI, got.IMEI2, got.User)
	}
	rest := strings.NewReplacer(got.IMEI, "P", got.User, "U").Replace(string(out))
	const want = `{"imei":"P","imei2":"P","user_id":"U","net":{"ip":"203.0.113.0","xff":"203.0.113.0, 2001:db8:1::"},` +
		`"trip":[{"lat":48.9,"lon":"2.3"},{"lat":null,"lon":null}],"age":"90","ts":"2026-11-21T21:00:00.000Z","phone":"+** ***-****-**00","msg":"[removed]"}`
	if rest != want {
		t.Errorf("%s\nwant\n%s", rest, want)
	}

	second, _ := m.Render(nil, 1)
	if strings.Contains(string(second), got.IMEI) {
		t.Errorf("two recipients can join: %s", second)
	}
	rest = string(second[strings.Index(string(second), `"trip"`):])
	if want := `"trip":[{"lat":49,"lon":"2"},{"lat":null,"lon":null}],"age":"90","ts":"2026-11-21T00:00:00.000Z"}`; rest != want {
		t.Errorf("%s\nwant\n%s", rest, want)
	}
}

func TestRealRecordNoAllocs(t *testing.T) {
	race.Skip(t)
	m := realProgram(t).NewMachine()
	buf, in := make([]byte, 0, 4096), []byte(realRecord)
	pass := func() {
		m.Scan(in)
		for i := range 2 {
			if _, v := m.Render(buf, i); v.Outcome != Passed {
				t.Fatal(v.Reason)
			}
		}
	}
	pass()
	if n := testing.AllocsPerRun(50, pass); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
