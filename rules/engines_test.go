package rules

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"redactor/redact"
)

var (
	engines     = flag.Int("engines", 300, "records that TestEngines tries of each format")
	enginesFrom = flag.Uint64("engines-from", 1, "seed of TestEngines")
)

// enginesPolicy has as many of the language's words as fit beside each other.
const enginesPolicy = `apiVersion: redactor/v1
name: engines
namespace: acme
use: [std/device, std/network, std/location, std/account, std/contact, std/person, std/usage, std/technical, std/traits, std/software, std/text, std/secrets]
containers: [telemetry, sdk, data, list]
fields:
  - {name: battery, level: L1, keys: [battery, "volt*"]}
  - {name: trip, level: L4, is: location, crs: wgs84, paths: ["$.trip[*].lat", "$.trip[*].lon"]}
  - {name: seen, level: L4, is: imei, names: ["$.devices"]}
  - {name: seat, level: L4, is: imei, keys: [seat]}
  - {name: card, level: L4, is: phone, keys: [hotline]}
  - {name: note, level: L4, is: text, keys: [note, msg], paths: ["$"]}
  - {name: payload, level: L4, is: text, keys: [payload]}
  - {name: packed, level: L4, is: text, keys: [packed]}
  - {name: zipped, level: L4, is: text, keys: [zipped]}
  - {name: lines, level: L4, is: text, keys: [lines]}
  - {name: body, level: L4, is: text, keys: [body]}
  - {name: jar, level: L4, is: text, keys: [jar]}
  - {name: first, level: L1, paths: ["$.list[0]"]}
  - {name: deep, level: L2, paths: ["$..extra..*"]}
profiles:
  inside:
    internal: true
    key: join-inside
    levels: {L1: keep, L2: keep, L4: pseudonym}
    unknown: "null"
    fields:
      card: 'null'
      payload: json
      note: scrub
  lab:
    key: join-lab
    levels: {L1: keep, L2: keep, L4: pseudonym}
    layout: compact
    guard: off
    fields:
      seat: {drop: {}, add: {model_group: {map: {by: tac, values: {"35693803": Phone A}, default: other}}}}
      trip: {round: 1}
      client-ip: ip
      event-time: {time: hour}
      note: scrub
      url: {url: query}
      payload: json
      packed: {json: {in: base64}}
      zipped: {json: {in: [base64, gzip]}}
      lines: {json: {as: ndjson}}
      body: form
      jar: cookie
      card: {replace: "[{field}]"}
    record: {time: hour}
  open:
    internal: true
    key: join-open
    levels: {L1: keep, L2: keep, L3: {mask: {keep_last: 2}}, L4: drop}
    unknown: keep
    fields: {payload: json, packed: {json: {in: base64}}, imei: {pseudonym: {as: hex}}, seen: pseudonym}
`

func enginesStreams(t testing.TB) []Stream {
	src := enginesPolicy + "streams:\n"
	for _, f := range []string{"json", "ndjson", "array", "text", "logfmt", "csv", "syslog", "access"} {
		src += fmt.Sprintf("  - {from: in.%s, format: %s, to: {inside: a.%s, lab: b.%s, open: c.%s}}\n", f, f, f, f, f)
	}
	streams, problems := policyOf(t, src).Compile(TestKeys)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	return streams
}

// enginesValues are what stands in the records, by member name.
var enginesValues = []struct{ name, value string }{
	{"imei", "356938035643809"}, {"imei2", "358142035282084"}, {"seat", "356938035643809"}, {"wifiMac", "c4:66:99:ab:01:7e"}, {"client_ip", "203.0.113.77"},
	{"ip", "2001:db8:7::1f"}, {"phone", "13800138000"}, {"email", "li.lei@example.com"}, {"user_id", "u-100173"}, {"password", "hunter2secret"},
	{"lat", "48.858370"}, {"lng", "2.294481"}, {"event_time", "2026-11-21T21:05:33.123Z"}, {"battery", "81"}, {"voltage", "4012"}, {"model", "PGU110"},
	{"new_field", "surprise-77"}, {"note", "reset by 13800138000 at 203.0.113.77"}, {"url", "https://shop.example/users/alice?imei=356938035643809&battery=3"},
	{"hotline", "13900139000"}, {"xingming", "张伟明"}, {"androidId", "9f8e7d6c5b4a3921"}, {"address", "1 Infinite Loop"}, {"os_version", "14"},
}

type engineWriter struct {
	r *rand.Rand
	b bytes.Buffer

	honest bool   // values stand under their own names only
	own    string // the value of the name at hand
}

func (w *engineWriter) space() {
	switch n := w.r.IntN(400); {
	case n < 30:
		w.b.WriteString(" \t\r\n"[n%4 : n%4+1])
	case n == 31:
		w.b.WriteString(strings.Repeat(" ", w.r.IntN(1100)))
	}
}

func (w *engineWriter) text(s string) {
	w.b.WriteByte('"')
	how := w.r.IntN(12)
	for _, c := range s {
		switch {
		case how == 0 || how < 3 && w.r.IntN(6) == 0:
			if c < 0x10000 {
				fmt.Fprintf(&w.b, `\u%04x`, c)
				continue
			}
		case c == '/' && how == 3:
			w.b.WriteString(`\/`)
			continue
		}
		q, _ := json.Marshal(string(c))
		w.b.Write(q[1 : len(q)-1])
	}
	w.b.WriteByte('"')
}

func (w *engineWriter) name(s string) {
	switch w.r.IntN(10) {
	case 0:
		s = strings.ToUpper(s)
	case 1:
		s = strings.ReplaceAll(s, "_", "-")
	case 2:
		n := w.r.IntN(len(s) + 1)
		s = s[:n] + "_" + s[n:]
	}
	w.text(s)
}

// value writes a JSON value.
func (w *engineWriter) value(depth int) {
	switch n := w.r.IntN(20); {
	case depth > 0 && n < 4:
		w.object(depth - 1)
	case depth > 0 && n < 6:
		w.b.WriteByte('[')
		for i := range w.r.IntN(5) {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.space()
			own := w.own
			w.value(depth - 1)
			w.own = own
			w.space()
		}
		w.b.WriteByte(']')
	case w.honest:
		w.text(w.own)
	case n < 8:
		w.b.WriteString([]string{"null", "true", "false", "0", "-1.5e3", "{}", "[]", `""`, "1E400", "356938035643809"}[w.r.IntN(10)])
	default:
		w.text(enginesValues[w.r.IntN(len(enginesValues))].value)
	}
}

func (w *engineWriter) object(depth int) {
	w.b.WriteByte('{')
	for i := range w.r.IntN(14) {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.space()
		v := enginesValues[w.r.IntN(len(enginesValues))]
		w.own = v.value
		switch n := w.r.IntN(24); {
		case n == 0 && depth > 0:
			in := []string{"telemetry", "sdk", "data", "trip", "devices", "unknown", "list", "extra"} // the last two are kept
			if w.honest {
				in = in[:6]
			}
			w.name(in[w.r.IntN(len(in))])
			w.b.WriteByte(':')
			w.value(depth)
		case n == 1 && depth > 0:
			w.nested(depth - 1)
		case n == 2:
			w.name(v.name)
			w.b.WriteByte(':')
			w.space()
			w.value(depth)
		default:
			w.name(v.name)
			w.space()
			w.b.WriteByte(':')
			w.space()
			if json.Valid([]byte(v.value)) && w.r.IntN(2) == 0 {
				w.b.WriteString(v.value)
			} else {
				w.text(v.value)
			}
		}
		w.space()
	}
	w.b.WriteByte('}')
}

// nested writes a member that holds a record.
func (w *engineWriter) nested(depth int) {
	in := engineWriter{r: w.r, honest: w.honest}
	name := []string{"payload", "packed", "zipped", "lines", "body", "jar"}[w.r.IntN(6)]
	switch name {
	case "body", "jar":
		sep := map[string]string{"body": "&", "jar": "; "}[name]
		for range w.r.IntN(6) {
			v := enginesValues[w.r.IntN(len(enginesValues))]
			in.b.WriteString(v.name + "=" + strings.NewReplacer("%", "%25", "&", "%26", ":", "%3A", ";", "%3B").Replace(v.value) + sep)
		}
	default:
		in.object(depth)
	}
	text := in.b.String()
	switch name {
	case "lines":
		text = strings.ReplaceAll(text, "\n", " ")
	case "packed":
		text = base64.StdEncoding.EncodeToString([]byte(text))
	case "zipped":
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		g.Write([]byte(text))
		g.Close()
		text = base64.StdEncoding.EncodeToString(z.Bytes())
	}
	w.name(name)
	w.b.WriteByte(':')
	w.text(text)
}

// record writes a record of a format.
func (w *engineWriter) record(format string) []byte {
	w.b.Reset()
	pickValue := func() (string, string) {
		v := enginesValues[w.r.IntN(len(enginesValues))]
		return v.name, v.value
	}
	switch format {
	case "json":
		w.space()
		w.object(3)
		w.space()
	case "ndjson":
		for range w.r.IntN(5) {
			o := engineWriter{r: w.r, honest: w.honest}
			o.object(2)
			w.b.Write(bytes.ReplaceAll(o.b.Bytes(), []byte("\n"), []byte(" ")))
			w.b.WriteByte('\n')
		}
	case "array":
		w.b.WriteByte('[')
		for i := range w.r.IntN(5) {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.space()
			w.object(2)
			w.space()
		}
		w.b.WriteByte(']')
	case "text":
		for range w.r.IntN(8) {
			n, v := pickValue()
			w.b.WriteString(n + []string{"=", ": ", " ", "\n"}[w.r.IntN(4)] + v + " ")
		}
	case "logfmt":
		for range 1 + w.r.IntN(3) {
			for range w.r.IntN(9) {
				n, v := pickValue()
				w.b.WriteString(n)
				w.b.WriteByte('=')
				if strings.ContainsAny(v, " =") || w.r.IntN(3) == 0 {
					w.text(v)
				} else {
					w.b.WriteString(v)
				}
				w.b.WriteByte(' ')
			}
			w.b.WriteByte('\n')
		}
	case "csv":
		names := make([]string, 1+w.r.IntN(9))
		cells := make([]string, len(names))
		for i := range names {
			names[i], cells[i] = pickValue()
		}
		w.b.WriteString(strings.Join(names, ",") + "\r\n")
		for range w.r.IntN(4) {
			for i, c := range cells {
				if i > 0 {
					w.b.WriteByte(',')
				}
				switch w.r.IntN(6) {
				case 0:
					w.b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
				case 1:
				default:
					w.b.WriteString(c)
				}
			}
			w.b.WriteString("\n")
		}
	case "syslog":
		_, host := pickValue()
		_, msg := pickValue()
		if w.honest {
			host, msg = "203.0.113.77", enginesValues[17].value
		}
		if w.r.IntN(2) == 0 {
			fmt.Fprintf(&w.b, "<%d>Nov 21 21:05:33 %s app[812]: %s\n", w.r.IntN(200), strings.ReplaceAll(host, " ", ""), msg)
			break
		}
		fmt.Fprintf(&w.b, "<34>1 2026-11-21T21:05:33.12Z %s checkout 812 ID47 ", strings.ReplaceAll(host, " ", ""))
		for range w.r.IntN(3) {
			w.b.WriteString("[telemetry")
			for range w.r.IntN(4) {
				n, v := pickValue()
				fmt.Fprintf(&w.b, ` %s="%s"`, n, v)
			}
			w.b.WriteString("]")
		}
		w.b.WriteString(" " + msg)
	case "access":
		for range 1 + w.r.IntN(3) {
			_, ip := pickValue()
			_, u := pickValue()
			_, ua := pickValue()
			if w.honest {
				ip, u, ua = "203.0.113.77", enginesValues[18].value, "curl/8.5"
			}
			fmt.Fprintf(&w.b, "%s - %s [21/Nov/2026:21:05:33 +0800] \"GET %s HTTP/1.1\" 200 512 \"-\" \"%s\"\n", strings.ReplaceAll(ip, " ", ""), "alice", u, ua)
		}
	}
	return bytes.Clone(w.b.Bytes())
}

// spoil changes some bytes.
func (w *engineWriter) spoil(v []byte) []byte {
	out := bytes.Clone(v)
	for range 1 + w.r.IntN(4) {
		if len(out) == 0 {
			return out
		}
		i := w.r.IntN(len(out))
		switch w.r.IntN(8) {
		case 0:
			out = append(out[:i], out[i+1:]...)
		case 1:
			out[i] = byte(w.r.IntN(256))
		case 2:
			out[i] = "{}[]\",:\\ \n\t0-.eE=%;&"[w.r.IntN(20)]
		case 3:
			j := min(len(out), i+w.r.IntN(80))
			out = append(out[:i], out[j:]...)
		case 4:
			j := min(len(out), i+w.r.IntN(80))
			k := w.r.IntN(len(out))
			out = append(out[:k:k], append(bytes.Clone(out[i:j]), out[k:]...)...)
		case 5:
			out = append(out[:i:i], append([]byte([]string{"\xff", "\xc3", "\xe2\x80", "\xf0\x9f\x98", "\xef\xbb\xbf", `\ud800`, `\u00`, "\x00", `\"`, `"`, `\\`}[w.r.IntN(11)]), out[i:]...)...)
		case 6:
			out = append(out[:i:i], append(bytes.Repeat([]byte(" "), w.r.IntN(130)), out[i:]...)...)
		case 7:
			out = out[:i]
		}
	}
	return out
}

// TestEngines holds the ways to run a program to each other: with vectors and
// without, a Machine that has seen much and a new one. What passes is what it
// was, and can be read by who reads the format.
func TestEngines(t *testing.T) {
	for n, s := range enginesStreams(t) {
		format := strings.TrimPrefix(s.From, "in.")
		t.Run(format, func(t *testing.T) {
			w := &engineWriter{r: rand.New(rand.NewPCG(*enginesFrom, uint64(n)))}
			wide, narrow := s.Program.NewMachine(), s.Program.NewPortableMachine()
			for k := range *engines {
				rec := w.record(format)
				if w.r.IntN(2) == 0 {
					rec = w.spoil(rec)
				}
				fresh := narrow
				if k%16 == 0 {
					fresh = s.Program.NewMachine()
				}
				holdEngines(t, &s, rec, wide, narrow, fresh)
				if t.Failed() {
					t.Fatalf("record %d", k)
				}
			}
		})
	}
}

func holdEngines(t *testing.T, s *Stream, rec []byte, machines ...*redact.Machine) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%q: %v", rec, p)
			panic(p)
		}
	}()
	before := bytes.Clone(rec)
	type result struct {
		out []byte
		v   redact.Verdict
	}
	var first []result
	for k, m := range machines {
		scanned := m.Scan(rec)
		for i := range s.To {
			r := result{v: scanned}
			if scanned.Outcome == redact.Passed {
				r.out, r.v = m.Render([]byte("x"), i)
			}
			if k == 0 {
				first = append(first, r)
				if r.v.Outcome == redact.Passed && scanned.Outcome == redact.Passed && r.v.Reason == redact.ReasonNone {
					readBack(t, s, rec, r.out[1:])
				}
			} else if !bytes.Equal(r.out, first[i].out) || r.v != first[i].v {
				t.Errorf("machine %d, %s: %q\n      %q %v\nfirst %q %v", k, s.To[i].Profile, rec, r.out, r.v, first[i].out, first[i].v)
			}
		}
	}
	if !bytes.Equal(rec, before) {
		t.Errorf("%q was changed to %q", before, rec)
	}
}

// readBack scans what went out as what came in.
func readBack(t *testing.T, s *Stream, rec, out []byte) {
	m := s.Program.NewPortableMachine()
	if len(bytes.TrimSpace(out)) == 0 { // of lines, all emptied
		return
	}
	if v := m.Scan(out); v.Outcome != redact.Passed {
		t.Errorf("%q became %q, which is %v", rec, out, v)
	}
}

// TestEnginesKeepNothing: however a record is spelled, nested and wrapped, and
// without a guard, what identifies does not leave.
func TestEnginesKeepNothing(t *testing.T) {
	planted := []string{
		"356938035643809", "358142035282084", "c4:66:99:ab:01:7e", "203.0.113.77", "2001:db8:7::1f", "13800138000", "li.lei@example.com", "u-100173",
		"hunter2secret", "48.858370", "2.294481", "2026-11-21T21:05:33.123Z", "surprise-77", "13900139000", "张伟明", "9f8e7d6c5b4a3921", "1 Infinite Loop",
	}
	canaries, err := redact.NewCanaries(planted)
	if err != nil {
		t.Fatal(err)
	}
	for n, s := range enginesStreams(t) {
		format := strings.TrimPrefix(s.From, "in.")
		if format == "text" {
			continue // of which nobody knows what it says
		}
		w := &engineWriter{r: rand.New(rand.NewPCG(*enginesFrom, uint64(n)+100)), honest: true}
		m := s.Program.NewMachine()
		passed := 0
		for range *engines {
			rec := w.record(format)
			if m.Scan(rec).Outcome != redact.Passed {
				continue
			}
			for i := range s.To {
				if s.To[i].Profile == "open" {
					continue
				}
				out, v := m.Render(nil, i)
				if v.Outcome != redact.Passed {
					continue
				}
				passed++
				if canaries.In(out) {
					t.Fatalf("%s: %s\n gets %s\n   of %s", format, s.To[i].Profile, out, rec)
				}
			}
		}
		if passed < *engines/2 {
			t.Errorf("%s: %d of %d passed", format, passed, 2**engines)
		}
	}
}
