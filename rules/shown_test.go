package rules

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"testing"
)

// shown writes something and returns the text.
func shown(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// explained is a record with a bit of everything, and with data in a name.
var explained = &Record{
	Key:     []byte("u-1001"),
	Headers: []Header{{"X-Owner", []byte("u-1001")}, {"Content-Type", []byte("json")}, {"traceparent", []byte("00-7")}},
	Value: []byte(`{"kind":"crash","user_id":"u-1001","device":{"owner":"u-1001","serialNo":"A1B2C3"},"password":"hunter22","trip":[{"lat":48.85837,"lon":null}],
"at":"2026-11-21T21:05:33Z","age":37,"peer":"203.0.113.77","note":"call me","fw":"9.1.2","telemetry":{},"contacts":{"13800138000":{"since":2011}},"on":true}`),
}

func TestShown(t *testing.T) {
	a := readArchive(t, "testdata/shown/all.txtar")
	pol := policyOf(t, a.file("policy.yaml"))
	m := pol.Matrix()
	a.golden(t, "text", shown(t, m.WriteText))
	a.golden(t, "markdown", shown(t, m.WriteMarkdown))
	a.golden(t, "csv", shown(t, m.WriteCSV))
	a.golden(t, "json", shown(t, m.WriteJSON))
	analytics, _ := pol.Dictionary("analytics")
	academic, _ := pol.Dictionary("academic")
	a.golden(t, "dictionary analytics", shown(t, analytics.WriteText))
	a.golden(t, "dictionary academic", shown(t, academic.WriteMarkdown))
	a.golden(t, "dictionary csv", shown(t, academic.WriteCSV))
	x, err := pol.Explain("device.a", explained)
	if err != nil {
		t.Fatal(err)
	}
	a.golden(t, "explain", shown(t, func(w io.Writer) error { return x.WriteText(w, false) }))
	a.golden(t, "explain json", shown(t, x.WriteJSON))
	broken, err := pol.Explain("device.a", &Record{Value: []byte(`{"age":`)})
	if err != nil {
		t.Fatal(err)
	}
	a.golden(t, "explain quarantined", shown(t, func(w io.Writer) error { return broken.WriteText(w, false) }))
	a.golden(t, "digest", pol.Digest())
	for name, text := range map[string]string{"matrix": shown(t, m.WriteJSON), "dictionary": shown(t, academic.WriteJSON), "explanation": shown(t, x.WriteJSON)} {
		var v struct{ Version int }
		if err := json.Unmarshal([]byte(text), &v); err != nil || v.Version != 1 {
			t.Errorf("the %s as JSON: %v, version %d", name, err, v.Version)
		}
	}
}

// TestExplainShowsNoValues: of a record, explain shows shapes and names; and
// of names, those that are names.
func TestExplainShowsNoValues(t *testing.T) {
	pol := policyOf(t, readArchive(t, "testdata/shown/all.txtar").file("policy.yaml"))
	x, err := pol.Explain("device.a", explained)
	if err != nil {
		t.Fatal(err)
	}
	text := shown(t, x.WriteJSON) + shown(t, func(w io.Writer) error { return x.WriteText(w, true) })
	for _, raw := range []string{"u-1001", "A1B2C3", "hunter22", "48.8", "21:05", "37,", "203.0", "call", "9.1.2", "13800138000", "2011"} {
		if strings.Contains(text, raw) {
			t.Errorf("explain shows %s", raw)
		}
	}
}

// TestExplainWithin: what is in a value that is a record of its own is explained
// to those that look into it, as deep as the engine goes.
func TestExplainWithin(t *testing.T) {
	pol := policyOf(t, `
apiVersion: redactor/v1
name: a
namespace: b
fields:
  - {name: imei, level: L4, is: imei, keys: [imei]}
  - {name: model, level: L2, keys: [model]}
  - {name: payload, level: L4, is: text, keys: [payload]}
  - {name: packed, level: L4, is: text, keys: [packed]}
  - {name: body, level: L4, is: text, keys: [body]}
  - {name: link, level: L4, is: text, keys: [link]}
profiles:
  in: {internal: true, key: k, levels: {L2: keep}, fields: {imei: {replace: gone}, payload: json, packed: {json: {in: [base64]}}, body: form, link: {url: query}}}
  out: {levels: {L2: keep}}
  crash: {levels: {L2: keep}, fields: {payload: json}, only: {"$.type": [crash]}}
streams: [{from: x, to: {in: y, out: z, crash: c}}]
`)
	deep := `{"model":"PGU110"}`
	for range 4 {
		deep = `{"payload":` + strconv.Quote(deep) + `}`
	}
	for _, c := range []struct{ value, want string }{
		{`{"payload":"{\"imei\":\"356938035643809\",\"zork\":1}"}`, `
$.payload json, drop, json
$.payload ▸ $.imei in <4 letters>, crash filtered
$.payload ▸ $.zork in absent, crash filtered`},
		{`{"payload":"{\\\"model\\\":\\\"PGU110\\\"}"}`, `
$.payload json, drop, json
$.payload ▸ $.model in same, crash filtered`},
		{`{"packed":"eyJpbWVpIjoiMzU2OTM4MDM1NjQzODA5In0="}`, `
$.packed json in base64, drop, drop
$.packed ▸ $.imei in <4 letters>`},
		{`{"body":"imei=356938035643809&q=1"}`, `
$.body form, drop, drop
$.body ▸ $.imei in <4 letters>
$.body ▸ $.q in absent`},
		{`{"link":"https://a.example/users/li?model=PGU110&imei=356938035643809&q=1#t=1"}`, `
$.link url query, drop, drop
$.link ▸ $.model in same
$.link ▸ $.imei in <4 letters>
$.link ▸ $.q in absent`},
		{`{"link":"https://a.example/x#?imei=1"}`, `
$.link url query, drop, drop`},
		{`{"payload":"no JSON"}`, `
$.payload json, drop, json`},
		{deep, `
$.payload json, drop, json
$.payload ▸ $.payload in <text, 32 characters>, crash filtered
$.payload ▸ $.payload ▸ $.payload in <text, 16 characters>, crash filtered
$.payload ▸ $.payload ▸ $.payload ▸ $.payload in null, crash filtered`},
	} {
		x, err := pol.Explain("x", &Record{Value: []byte(c.value)})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range x.Fields {
			got += "\n" + f.Path
			for i, o := range f.Outcomes {
				got += map[bool]string{true: " ", false: ", "}[i == 0]
				if strings.Contains(f.Path, "▸") {
					got += o.Profile + " " + o.After
				} else {
					got += o.Action
				}
			}
		}
		if got != c.want {
			t.Errorf("%s:%s\nwant%s", c.value, got, c.want)
		}
	}
}

func TestExplainNeedsATopic(t *testing.T) {
	pol := policyOf(t, readArchive(t, "testdata/shown/all.txtar").file("policy.yaml"))
	for topic, want := range map[string]string{
		"":      "the policy has several streams: say which topic the record comes from; they read device.*, usage.lines",
		"other": "no stream reads the topic other; they read device.*, usage.lines",
	} {
		if _, err := pol.Explain(topic, explained); err == nil || err.Error() != want {
			t.Errorf("topic %q: %v", topic, err)
		}
	}
	if _, ok := pol.Dictionary("nobody"); ok {
		t.Error("a dictionary for nobody")
	}
}

// TestPages: the pages are well-formed, stand alone, and hold no markup of the
// policy's.
func TestPages(t *testing.T) {
	src := readArchive(t, "testdata/shown/all.txtar").file("policy.yaml")
	src = strings.Replace(src, "Product analytics | by our own staff", `<script>alert("x")</script>`, 1)
	src = strings.Replace(src, "Who uses the device.", "<img src=x>", 1)
	pol := policyOf(t, src)
	d, _ := pol.Dictionary("analytics")
	g, _ := GroupMatrix("std/device")
	for name, write := range map[string]func(io.Writer) error{"matrix": pol.Matrix().WriteHTML, "dictionary": d.WriteHTML, "group": g.WriteHTML} {
		page := shown(t, write)
		for _, bad := range []string{"<script", "<img", "http:", "https:", "<link", "@import", "url("} {
			if strings.Contains(page, bad) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
		dec := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!doctype html>\n")))
		dec.Entity = xml.HTMLEntity
		cells := 0
		for {
			tok, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if el, ok := tok.(xml.StartElement); ok && el.Name.Local == "td" {
				cells++
			}
		}
		if cells < 20 {
			t.Errorf("%s has %d cells", name, cells)
		}
	}
}

// TestGroups: each built-in group prints, and has something in each row.
func TestGroups(t *testing.T) {
	for _, name := range Groups() {
		m, ok := GroupMatrix(name)
		if !ok || len(m.Rows) == 0 {
			t.Fatalf("group %s: %v", name, m)
		}
		text := shown(t, m.WriteText)
		for _, r := range m.Rows {
			if r.Doc == "" || r.Source == "" || !strings.Contains(text, r.Name) {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
	if _, ok := GroupMatrix("std/nothing"); ok {
		t.Error("a group that there is not")
	}
}

func TestCSVHoldsNoFormulas(t *testing.T) {
	var b bytes.Buffer
	if err := writeCSV(&b, [][]string{{"=1+1", "@x", "+1", "-1", "a,b", "\"q\"", "—"}}); err != nil {
		t.Fatal(err)
	}
	if want := "'=1+1,'@x,'+1,'-1,\"a,b\",\"\"\"q\"\"\",—\n"; b.String() != want {
		t.Errorf("got %s", b.String())
	}
}
