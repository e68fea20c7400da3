package rules

import (
	"fmt"
	"strings"
	"testing"

	"redactor/redact"
)

// formatExamples are the records of docs/formats.md: one for each stream of its
// policy, and for each kind of record within a value.
var formatExamples = []struct{ stream, title, record string }{
	{"logs.ndjson", "ndjson", "{\"imei\":\"356938035643809\",\"battery\":81,\"new\":1}\n{\"battery\":80,}\n{\"battery\":79}\n"},
	{"logs.array", "array", "[\n  {\"user_id\": \"u-1001\", \"battery\": 81},\n  {\"battery\": 80}\n]\n"},
	{"logs.text", "text", "reset by 13800138000 at 203.0.113.77, imei=356938035643809\n"},
	{"logs.logfmt", "logfmt", "ts=2026-11-21T21:05:33Z imei=356938035643809 battery=81 shell=\"/bin/sh -c x\" msg=\"mail to a@example.com\"\n"},
	{"logs.csv", "csv", "user_id,battery,plan,lat,lng\nu-1001,81,gold,48.85837,2.29448\nu-1002,,basic,48.8606,2.3376\n"},
	{"logs.columns", "csv with given columns", "u-1001;81;356938035643809\n"},
	{"logs.syslog", "syslog, RFC 5424", "<34>1 2026-11-21T21:05:33.12Z shop-7 checkout 812 ID47 [meta sequenceId=\"29\"] paid by a@example.com\n"},
	{"logs.bsd", "syslog, RFC 3164", "<34>Nov 21 21:05:33 shop-7 checkout[812]: paid by a@example.com\n"},
	{"logs.access", "access", "203.0.113.77 - alice [21/Nov/2026:21:05:33 +0800] \"GET /users/alice?imei=356938035643809&utm=x HTTP/1.1\" 200 512 \"-\" \"curl/8.5\"\n"},
	{"logs.json", "JSON in a string", `{"payload":"{\"user_id\":\"u-1001\",\"battery\":81,\"new\":1}"}` + "\n"},
	{"logs.json", "JSON in base64", `{"packed":"eyJiYXR0ZXJ5Ijo4MSwibmV3IjoxfQ=="}` + "\n"},
	{"logs.json", "a form, cookies, a query", `{"body":"battery=81&imei=356938035643809&new=1","jar":"battery=81; session=s3cr3t","url":"https://shop.example/users/alice?battery=81&new=1#top"}` + "\n"},
}

// TestDocsFormats writes the examples of docs/formats.md, and checks what they
// must not show.
func TestDocsFormats(t *testing.T) {
	d := readDocument(t, "../docs/formats.md")
	pol := policyOf(t, d.codeBlocks("yaml")[0])
	streams, problems := pol.Compile(TestKeys)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	var b strings.Builder
	covered := map[string]bool{}
	for _, x := range formatExamples {
		i, err := pol.routeOf(x.stream)
		if err != nil {
			t.Fatal(err)
		}
		covered[pol.Streams[i].Format.Kind.String()] = true
		o := runRecord(&streams[i], pol.Streams[i].Format, &Record{Value: []byte(x.record)})[0]
		if o.verdict.Outcome != redact.Passed {
			t.Errorf("%s: %v", x.title, o.verdict)
		}
		for _, secret := range []string{"356938035643809", "u-1001", "203.0.113.77", "alice", "a@example.com", "13800138000", "s3cr3t", "new", "48.85837"} {
			if strings.Contains(string(o.value), secret) {
				t.Errorf("%s: %s is in %s", x.title, secret, o.value)
			}
		}
		for _, text := range images(o.format, o.value) {
			if text == nil {
				t.Errorf("%s: the output cannot be read: %s", x.title, o.value)
			}
		}
		fmt.Fprintf(&b, "**%s**\n\n```\n%s```\nbecomes\n```\n%s```\n\n", x.title, x.record, o.value)
	}
	for _, name := range formatNames {
		if !covered[name] {
			t.Errorf("%s has no example", name)
		}
	}
	d.part(t, "examples", b.String())
}

// TestKeepColumns: a profile, and one that extends it, keep dropped columns in
// their place.
func TestKeepColumns(t *testing.T) {
	pol := policyOf(t, `apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: user, level: L4, is: account, keys: [user_id]}
  - {name: fw, level: L1, keys: [fw]}
profiles:
  partner: {levels: {L1: keep}, format: {csv: {dropped: empty}}}
  other: {extends: partner}
streams:
  - {from: logs, format: csv, to: {partner: out.partner, other: out.other}}
tests:
  - name: a dropped column
    given: "user_id,new,fw\nu-1,2,9.1"
    never: [u-1, new]
    expect: {partner: {value: [{user_id: null, fw: "9.1"}]}, other: {value: [{user_id: null, fw: "9.1"}]}}
`)
	if rep := pol.RunTests(); rep.Failed() > 0 {
		var b strings.Builder
		rep.WriteText(&b, false)
		t.Error(b.String())
	}
}
