package redact

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"redactor/detect"
	"redactor/pseudonym"
)

// guardSpec is a catalog of device logs with one outside recipient, whose guard
// looks at everything.
func guardSpec(t testing.TB) Spec {
	fields := []struct {
		f Field
		t Transform
	}{
		{Field{Name: "event", Level: 1, Keys: []string{"event", "model", "names", "msg"}}, Keep()},
		{Field{Name: "imei", Class: detect.IMEI, Level: 4, Keys: []string{"imei"}}, Replace("***")},
		{Field{Name: "ip", Class: detect.IP, Level: 3, Keys: []string{"ip"}}, must(t)(IPTruncate(24, 48))},
		{Field{Name: "gateway", Class: detect.IP, Level: 3, Keys: []string{"gateway"}, Headers: []string{"gateway"}}, Keep()},
		{Field{Name: "uptime", Class: detect.Number, Level: 1, Keys: []string{"uptime"}}, Keep()},
		{Field{Name: "home", Class: detect.IP, Level: 3, Keys: []string{"home"}}, Replace("192.0.2.1")},
		{Field{Name: "page", Class: detect.URL, Level: 2, Keys: []string{"page"}}, URL(URLPath)},
		{Field{Name: "note", Class: detect.Text, Level: 3, Keys: []string{"note"}}, must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.SetOf(detect.DetectIMEI)}}))},
		{Field{Name: "phone", Class: detect.Phone, Level: 4, Keys: []string{"phone"}, Headers: []string{"phone"}, RecordKey: true}, newFPE(t, FPEOptions{Class: detect.Phone})},
		{Field{Name: "tree", Level: 1, Paths: []string{"$.tree..*"}}, Keep()},
		{Field{Name: "topic", Level: 1, Headers: []string{"topic"}}, Keep()},
	}
	s := Spec{Profiles: []Profile{{Name: "partner", Guard: GuardAll, PassHeaders: []string{"trace"}}}}
	p := &s.Profiles[0]
	for _, f := range fields {
		s.Fields = append(s.Fields, f.f)
		p.Transforms = append(p.Transforms, f.t)
		p.Named = append(p.Named, f.f.Name == "gateway")
	}
	return s
}

// TestGuardStops: what is copied counts, in whatever escape it stands.
func TestGuardStops(t *testing.T) {
	m := compile(t, guardSpec(t)).NewMachine()
	for record, want := range map[string]detect.Detector{
		`{"event":"open 354178036859789"}`:                                    detect.DetectIMEI,
		`{"model":354178036859789}`:                                           detect.DetectIMEI,
		`{"uptime":354178036859789}`:                                          detect.DetectIMEI,
		`{"event":["a",{"msg":"x"}],"msg":"boom\n354178036859789\tend"}`:      detect.DetectIMEI,
		`{"msg":"35417\u003803685978\u0039"}`:                                 detect.DetectIMEI,
		`{"msg":"https://a.example/?mac=00%3A00%3A5e%3A00%3A53%3A01"}`:        detect.DetectMAC,
		`{"msg":"{\"mac\":\"00:00:5e:00:53:01\"}"}`:                           detect.DetectMAC,
		`{"msg":"３５４１７８０３６８５９７８９"}`:                                           detect.DetectIMEI,
		`{"event":"from 192.0.2.7"}`:                                          detect.DetectIPv4,
		`{"event":"gateway","gateway":"192.0.2.7","msg":"and 192.0.2.7"}`:     detect.DetectIPv4,
		`{"tree":{"354178036859789":{"a":1}}}`:                                detect.DetectIMEI,
		`{"note":"imei 354178036859789, mail li@example.com"}`:                detect.DetectEmail,
		`{"msg":"mail li@example.com","imei":"354178036859789"}`:              detect.DetectEmail,
		"{\n \"msg\" : \"+86 138-0013-8000\",\n \"ip\" : \"192.0.2.7\"}":      detect.DetectPhone,
		`{"names":["a","b","11010519491231002X"],"phone":"13800138000"}`:      detect.DetectIDCard,
		`{"msg":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln","x":{"y":[1,2]}}`: detect.DetectJWT,
	} {
		m.Counts().Reset()
		if v := m.Scan([]byte(record)); v.Outcome != Passed {
			t.Fatal(record, v)
		}
		dst := []byte("before")
		out, v := m.Render(dst, 0)
		if v != (Verdict{Quarantined, ReasonLeak}) || string(out) != "before" {
			t.Errorf("%s: %v %s", record, v, out)
		}
		if n := m.Counts().Profiles[0].Leaks(want); n != 1 {
			t.Errorf("%s: %d finds of %s", record, n, want)
		}
	}
}

// TestGuardLetsThrough: what the policy wrote, or keeps by name, is no leak.
func TestGuardLetsThrough(t *testing.T) {
	for _, compact := range []bool{false, true} {
		s := guardSpec(t)
		s.Profiles[0].Compact = compact
		m := compile(t, s).NewMachine()
		for record, want := range map[string]string{
			`{"ip":"198.51.100.7","imei":"354178036859789","imsi":"460001234567890"}`:   `{"ip":"198.51.100.0","imei":"***"}`,
			`{"gateway":"192.0.2.7","event":"up"}`:                                      `{"gateway":"192.0.2.7","event":"up"}`,
			`{"gateway":["192.0.2.7","192.0.2.8"],"a":{"b":{"c":1}}}`:                   `{"gateway":["192.0.2.7","192.0.2.8"]}`,
			`{"uptime":13800138000,"model":"x"}`:                                        `{"uptime":13800138000,"model":"x"}`,
			`{"gateway":"192.0.2.7","a":{"b":{"imsi":1},"tree":[{"x":1}]},"event":"a"}`: `{"gateway":"192.0.2.7","event":"a"}`,
			`{"home":"x","event":"\n\"quoted\""}`:                                       `{"home":"192.0.2.1","event":"\n\"quoted\""}`,
			`{"page":"https://203.0.113.9:8080/a?imei=354178036859789","event":"x"}`:    `{"page":"https://{ip}/a","event":"x"}`,
			`{"note":"imei 354178036859789"}`:                                           `{"note":"imei [imei]"}`,
			`{"event":"2026-11-21T23:51:52.123Z v1.2.3.4 std::add 12:34:56 0x7fff"}`:    `{"event":"2026-11-21T23:51:52.123Z v1.2.3.4 std::add 12:34:56 0x7fff"}`,
		} {
			if v := m.Scan([]byte(record)); v.Outcome != Passed {
				t.Fatal(record, v)
			}
			if out, v := m.Render([]byte("["), 0); v.Outcome != Passed || string(out) != "["+want {
				t.Errorf("%s: %v %s", record, v, out)
			}
		}
	}
}

// TestGuardEnvelope: keys and headers are output too.
func TestGuardEnvelope(t *testing.T) {
	m := compile(t, guardSpec(t)).NewMachine()
	m.ScanTombstone()
	if out, null, v := m.RenderKey(nil, []byte("13800138000"), 0); len(out) != 11 || string(out[:3]) != "138" || null || v.Outcome != Passed {
		t.Errorf("a masked key: %s %v %v", out, null, v)
	}
	for name, values := range map[string][2]string{"gateway": {"192.0.2.7", "\x00"}, "phone": {"13800138000", "\x00"}, "topic": {"crash", "of 192.0.2.7"}, "trace": {"0af7651916cd43dd", "li@example.com"}} {
		for i, value := range values {
			if value == "\x00" {
				continue
			}
			_, keep, v := m.RenderHeader(nil, []byte(name), []byte(value), 0)
			if leak := v == (Verdict{Quarantined, ReasonLeak}); leak != (i == 1) || keep == leak {
				t.Errorf("%s: %s: %v %v", name, value, keep, v)
			}
		}
	}
	s := guardSpec(t)
	s.Fields[0].RecordKey = true
	for i := range s.Fields[1:] {
		s.Fields[i+1].RecordKey = false
	}
	m = compile(t, s).NewMachine()
	m.ScanTombstone()
	if out, _, v := m.RenderKey([]byte("x"), []byte("dev-354178036859789"), 0); v.Reason != ReasonLeak || string(out) != "x" {
		t.Errorf("a kept key with an IMEI: %s %v", out, v)
	}
}

// TestGuardExcusesWhatLooksReal: a phone number that the policy made up is no
// leak, though it is one to every detector; the one beside it is.
func TestGuardExcusesWhatLooksReal(t *testing.T) {
	m := compile(t, guardSpec(t)).NewMachine()
	scanner, err := detect.NewScanner(detect.Config{Set: detect.AllDetectors})
	if err != nil {
		t.Fatal(err)
	}
	for record, leak := range map[string]bool{
		`{"event":"call","phone":"13800138000","model":"x"}`: false, `{"phone":["13800138000",{"a":1},13900139000],"event":"\n"}`: false,
		`{"event":"call 13800138000","phone":"13800138000"}`: true, `{"phone":"13800138000","event":"call 13800138000"}`: true,
	} {
		m.Scan([]byte(record))
		out, v := m.Render(nil, 0)
		if (v.Reason == ReasonLeak) != leak {
			t.Errorf("%s: %v", record, v)
		}
		if v.Outcome == Passed && len(scanner.Find(nil, out)) == 0 {
			t.Errorf("%s does not look real", out)
		}
	}
}

// TestGuardByLevel: what the profile keeps by level may stand anywhere.
func TestGuardByLevel(t *testing.T) {
	s := guardSpec(t)
	s.Profiles[0].Named = nil
	m := compile(t, s).NewMachine()
	for record, leak := range map[string]bool{`{"event":"from 192.0.2.7 and 2001:db8::1"}`: false, `{"event":"from 192.0.2.7 by li@example.com"}`: true} {
		m.Scan([]byte(record))
		if _, v := m.Render(nil, 0); (v.Reason == ReasonLeak) != leak {
			t.Errorf("%s: %v", record, v)
		}
	}
}

// TestGuardSamples: what is sampled is records, wherever in them the leak is,
// and however many records they hold.
func TestGuardSamples(t *testing.T) {
	for every, want := range map[int][]int{0: nil, 1: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 5: {5, 10}} {
		for _, record := range []string{`{"event":"354178036859789"}`, `{"x":[{"ext":"{\"event\":\"a\"}"},{"ext":"{\"event\":\"354178036859789\"}"},{"ext":"{\"event\":\"b\"}"}]}`} {
			s := guardSpec(t)
			s.Containers = []string{"x"}
			s.Fields = append(s.Fields, Field{Name: "ext", Level: 2, Class: detect.Text, Keys: []string{"ext"}})
			s.Profiles[0].Transforms, s.Profiles[0].Named = append(s.Profiles[0].Transforms, must(t)(Nested(NestedOptions{}))), append(s.Profiles[0].Named, false)
			s.Profiles[0].Guard = every
			m := compile(t, s).NewMachine()
			var got []int
			for n := range 12 {
				m.Scan([]byte(record))
				if _, v := m.Render(nil, 0); v.Reason == ReasonLeak {
					got = append(got, n+1)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("one in %d of %s: %v were stopped", every, record, got)
			}
		}
	}
}

// TestGuardCanaries: no transform and no profile excuses a planted value.
func TestGuardCanaries(t *testing.T) {
	c, err := detect.NewCanaries([]string{"192.0.2.77", "Eve Example"})
	if err != nil {
		t.Fatal(err)
	}
	m := compile(t, guardSpec(t)).NewMachine()
	m.Watch(c)
	for record, leak := range map[string]bool{
		`{"gateway":"192.0.2.77"}`: true, `{"gateway":"192.0.2.7"}`: false, `{"msg":"RXZlIEV4YW1wbGU="}`: true, `{"msg":"eVE\u0020eXAMPLE"}`: true, `{"ip":"192.0.2.77"}`: false,
	} {
		m.Counts().Reset()
		m.Scan([]byte(record))
		_, v := m.Render(nil, 0)
		if (v.Reason == ReasonLeak) != leak || (m.Counts().Profiles[0].Leaks(detect.DetectCanary) == 1) != leak {
			t.Errorf("%s: %v", record, v)
		}
	}
}

// TestGuardCanariesWithin: they are found where other Machines render: beside
// names that are data, and in records within values, made before Watch or after.
// What was found is told of the record at hand.
func TestGuardCanariesWithin(t *testing.T) {
	c, err := detect.NewCanaries([]string{"Eve Example"})
	if err != nil {
		t.Fatal(err)
	}
	spec := namesSpec(Format{})
	spec.Profiles[0].Guard = GuardAll
	m := compile(t, spec).NewMachine()
	m.Watch(c)
	m.Scan([]byte(`{"devices":{"86":{"battery":"Eve Example"}}}`))
	if _, v := m.Render(nil, 0); v.Reason != ReasonLeak {
		t.Error("beside a name:", v)
	}
	m.Scan([]byte(`{"devices":{"86":{"battery":"li@example.com"}}}`))
	if _, v := m.Render(nil, 0); v.Reason != ReasonLeak || len(m.Leaks(0)) != 1 {
		t.Error("beside a name:", v, m.Leaks(0))
	}
	spec = nestedSpec(t)
	spec.Profiles[0].Guard = GuardAll
	planted, clean := `{"zipped":"`+zip64(`{"battery":"Eve Example"}`)+`"}`, `{"zipped":"`+zip64(`{"battery":"81"}`)+`"}`
	for _, before := range []bool{false, true} {
		m = compile(t, spec).NewMachine()
		if before {
			m.Watch(c)
		}
		m.Scan([]byte(clean))
		if _, v := m.Render(nil, 0); v.Outcome != Passed {
			t.Error(v)
		}
		m.Watch(c)
		m.Scan([]byte(planted))
		if _, v := m.Render(nil, 0); v.Reason != ReasonLeak {
			t.Error("in a gzip file:", v)
		}
	}
}

// TestGuardDestroyedEpoch: what a scrub leaves is looked at, and what it spares
// is spared, whichever epochs have lost their secret.
func TestGuardDestroyedEpoch(t *testing.T) {
	scrub, err := Scrub(ScrubOptions{Detect: detect.Config{Set: detect.SetOf(detect.DetectPhone), Allow: []string{"203.0.113.1"}}})
	if err != nil {
		t.Fatal(err)
	}
	e := epochsOf(t, pseudonym.EpochRules{Rotate: 30 * day, Window: day}, []string{"2026-11-01"}, "2026-10-01")
	m := compile(t, Spec{
		Fields:   []Field{{Name: "msg", Level: 4, Keys: []string{"msg"}}},
		Profiles: []Profile{{Name: "partner", Guard: GuardAll, Epochs: e, Transforms: []Transform{ByEpoch([]Transform{{}, scrub})}}},
	}).NewMachine()
	when := at(t, "2026-11-02T00:00:00Z")
	for msg, want := range map[string]Reason{"call 13800138000": ReasonNone, "from 203.0.113.1": ReasonNone, "write to li@example.com": ReasonLeak} {
		m.SetTime(when, when)
		m.Scan([]byte(`{"msg":"` + msg + `"}`))
		if out, v := m.Render(nil, 0); v.Reason != want {
			t.Errorf("%s: %s %v", msg, out, v)
		}
	}
}

func TestGuardDoesNotAllocate(t *testing.T) {
	m := compile(t, guardSpec(t)).NewMachine()
	records := [][]byte{
		[]byte(`{"event":"open","ip":"192.0.2.7","gateway":"192.0.2.7","msg":"a\nb\u0031%41 c","page":"https://a.example/b?c"}`),
		[]byte(`{"event":"354178036859789 ` + strings.Repeat("li@example.com ", 20) + `"}`),
	}
	dst, key, name, value := make([]byte, 0, 4096), []byte("13800138000"), []byte("trace"), []byte("li@example.com")
	work := func() {
		for _, r := range records {
			m.Scan(r)
			m.RenderKey(dst, key, 0)
			m.RenderHeader(dst, name, value, 0)
			m.Render(dst, 0)
		}
	}
	work()
	if n := testing.AllocsPerRun(100, work); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestGuardOfFormats: lines are guarded one by one, in every format.
func TestGuardOfFormats(t *testing.T) {
	for _, c := range []struct {
		format       Format
		record, want string
	}{
		{Format{Kind: FormatLogfmt}, "event=open gateway=192.0.2.7 uptime=13800138000\nevent=\"from 192.0.2.7\"\nevent=close phone=13800138000", "event=open gateway=192.0.2.7 uptime=13800138000\nevent=close phone=*"},
		{Format{Kind: FormatNDJSON}, "{\"event\":\"a\"}\n{\"event\":\"354178036859789\"}\n{\"event\":\"b\"}", "{\"event\":\"a\"}\n{\"event\":\"b\"}"},
		{Format{Kind: FormatCSV}, "event,gateway\na,192.0.2.7\n192.0.2.7,b\nc,d", "event,gateway\na,192.0.2.7\nc,d"},
	} {
		s := guardSpec(t)
		s.Format = c.format
		m := compile(t, s).NewMachine()
		m.Scan([]byte(c.record))
		out, v := m.Render(nil, 0)
		if v != (Verdict{Passed, ReasonLeak}) || !matches(string(out), c.want) {
			t.Errorf("%s: %v\n%s", c.format.Kind, v, out)
		}
	}
}

// matches compares with a text in which * stands for one word.
func matches(got, want string) bool {
	before, after, star := strings.Cut(want, "*")
	return got == want || star && strings.HasPrefix(got, before) && strings.HasSuffix(got, after) && !strings.ContainsAny(got[len(before):], " \n")
}

// TestVerifier: what a profile was given passes its verifier, and the source
// does not.
func TestVerifier(t *testing.T) {
	p := compile(t, guardSpec(t))
	v, err := p.Verifier(0)
	if err != nil {
		t.Fatal(err)
	}
	m, verify := p.NewMachine(), v.NewMachine()
	for _, record := range []string{
		`{"ip":"198.51.100.7","phone":"13800138000","gateway":"192.0.2.7"}`, `{"page":"https://a.example/b?imei=354178036859789","event":"x","note":"imei 354178036859789"}`,
	} {
		m.Scan([]byte(record))
		out, got := m.Render(nil, 0)
		if got.Outcome != Passed {
			t.Fatal(record, got)
		}
		verify.Scan(out)
		if same, got := verify.Render(nil, 0); got.Outcome != Passed || string(same) != string(out) {
			t.Errorf("%s: %v", out, got)
		}
	}
	record := `{"event":"open 354178036859789","x":"li@example.com"}`
	verify.Scan([]byte(record))
	if _, got := verify.Render(nil, 0); got.Reason != ReasonLeak {
		t.Errorf("%s: %v", record, got)
	}
	for i, want := range []detect.Span{{Start: 15, End: 30, Detector: detect.DetectIMEI}, {Start: 37, End: 51, Detector: detect.DetectEmail}} {
		if got := verify.Leaks(0)[i]; got != want {
			t.Errorf("found %v, want %v", got, want)
		}
	}
}

// TestGuardWithin: a record within a value has a guard of its own, which knows
// what the policy wrote there.
func TestGuardWithin(t *testing.T) {
	s := guardSpec(t)
	s.Fields = append(s.Fields, Field{Name: "ext", Level: 2, Class: detect.Text, Keys: []string{"ext"}}, Field{Name: "link", Level: 2, Class: detect.URL, Keys: []string{"link"}})
	s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, must(t)(Nested(NestedOptions{})), URL(URLQuery))
	s.Profiles[0].Named = append(s.Profiles[0].Named, false, false)
	m := compile(t, s).NewMachine()
	for record, want := range map[string]string{
		`{"ext":"{\"gateway\":\"192.0.2.7\",\"imsi\":1}","event":"a"}`:    `{"ext":"{\"gateway\":\"192.0.2.7\"}","event":"a"}`,
		`{"ext":"{\"gateway\":\"192.0.2.7\"}","event":"a"}`:               `{"ext":"{\"gateway\":\"192.0.2.7\"}","event":"a"}`,
		`{"ext":"{\"event\":\"mail li@example.com\"}"}`:                   "",
		`{"ext":"{\"ext\":\"{\\\"event\\\":\\\"li@example.com\\\"}\"}"}`:  "",
		`{"link":"https://a.example/b?gateway=192.0.2.7&event=x&imsi=1"}`: `{"link":"https://a.example/b?gateway=192.0.2.7&event=x"}`,
		`{"link":"https://a.example/b?event=li%40example.com&gateway=a"}`: "",
	} {
		if v := m.Scan([]byte(record)); v.Outcome != Passed {
			t.Fatal(record, v)
		}
		out, v := m.Render(nil, 0)
		if string(out) != want || (v == Verdict{Quarantined, ReasonLeak}) != (want == "") {
			t.Errorf("%s: %v\n%s", record, v, out)
		}
	}
}

// TestAllowed: what a scrub spares by its value stays, that span alone, and the
// guard does not take it for a leak.
func TestAllowed(t *testing.T) {
	s := guardSpec(t)
	scrub := must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors, Allow: []string{"Help@example.com", "192.0.2.1"}}}))
	s.Fields = append(s.Fields, Field{Name: "text", Class: detect.Text, Level: 3, Keys: []string{"text"}})
	s.Profiles[0].Transforms, s.Profiles[0].Named = append(s.Profiles[0].Transforms, scrub), append(s.Profiles[0].Named, false)
	m := compile(t, s).NewMachine()
	m.Scan([]byte(`{"text":"help@example.com,li@example.com 192.0.2.1 192.0.2.11 192.0.2.1:80 xhelp@example.com"}`))
	want := `{"text":"help@example.com,[email] 192.0.2.1 [ipv4] 192.0.2.1:80 [email]"}`
	if out, v := m.Render(nil, 0); v.Outcome != Passed || string(out) != want {
		t.Errorf("%v %s", v, out)
	}
}

// TestGuardTakesNotesLate: whether notes were taken at once or where the first
// find appeared, the guard decides alike, and values count once.
func TestGuardTakesNotesLate(t *testing.T) {
	p := compile(t, guardSpec(t))
	late, always := p.NewMachine(), p.NewMachine()
	records := []string{
		`{"event":"up","imei":"354178036859789"}`,
		`{"event":"open 354178036859789"}`,
		`{"ip":"198.51.100.7","imei":"354178036859789","uptime":3}`,
		`{"gateway":"192.0.2.7","note":"imei 354178036859789"}`,
		`{"note":"imei 354178036859789"}`,
		`{"note":"imei 354178036859789, mail li@example.com"}`,
		`{"phone":"13800138000","ip":"none"}`,
		`{"page":"https://203.0.113.9:8080/a?imei=354178036859789","event":"x"}`,
		`{"event":"up","unknown":{"a":1}}`,
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		record := []byte(records[r.IntN(len(records))])
		late.Scan(record)
		always.Scan(record)
		always.guards[0].finds = true
		a, va := late.Render(nil, 0)
		b, vb := always.Render(nil, 0)
		if va != vb || !bytes.Equal(a, b) || va.Reason == ReasonLeak && !slices.Equal(late.Leaks(0), always.Leaks(0)) {
			t.Fatalf("%s: %v %s, want %v %s", record, va, a, vb, b)
		}
	}
	if a, b := late.Counts().Profiles[0], always.Counts().Profiles[0]; !reflect.DeepEqual(a, b) {
		t.Errorf("counted %v, want %v", a, b)
	}
}
