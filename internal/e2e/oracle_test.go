package e2e

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// This file is the oracle: what the source holds and what each recipient must see, byte for byte, as a
// function of partition and number. It shares no code with the product: the pseudonyms come from prf_test.go,
// and the outputs are written out by hand, shape by shape, as a reader of the policy below would.

// recipients of policyText, in its order.
var recipients = []string{"analytics", "academic", "partner"}

// policyText keeps what says nothing, coarsens what says little, and drops or pseudonymizes the rest.
// What no entry names (the shapes hide members that none does) must leave in no output.
const policyText = `apiVersion: redactor/v1
name: e2e
namespace: e2e
containers: [device, net, location, events, data, payload]
fields:
  - {name: seq, level: L1, keys: [seq]}
  - {name: kind, level: L1, keys: [type]}
  - {name: battery, level: L1, keys: [battery]}
  - {name: model, level: L2, keys: [model]}
  - {name: imei, level: L4, is: imei, keys: [imei]}
  - {name: user, level: L4, is: account, keys: [user_id]}
  - {name: client-ip, level: L3, is: ip, keys: [ip]}
  - {name: place, level: L4, is: location, crs: wgs84, keys: [lat, lon]}
  - {name: age, level: L3, keys: [age]}
  - {name: note, level: L4, is: text, keys: [message]}
profiles:
  analytics:
    internal: true
    key: join-analytics
    levels: {L1: keep, L2: keep, L4: pseudonym}
    fields: {client-ip: {ip: {v4: 24, v6: 48}}, place: {round: 1}, age: {bucket: 10}, note: {replace: "-"}}
  academic:
    purpose: science
    key: join-academic
    levels: {L1: keep, L2: keep}
    fields: {place: {round: 1}}
  partner:
    purpose: crash reports
    key: join-partner
    levels: {L1: keep}
    fields: {imei: {pseudonym: {as: hex}}, user: {mask: {keep_last: 2}}}
streams:
  - {from: SOURCE, format: json, to: {analytics: ANALYTICS, academic: ACADEMIC, partner: PARTNER}}
on_error: quarantine
`

// canaries stand in every raw identifier of the source and in no output, wherever they came from: a buffer
// that outlived its record would carry one across records, which a comparison of fields alone would miss.
var canaries = [][]byte{
	[]byte("35693803"), // IMEI
	[]byte("uid-0"),    // account, before the mask
	[]byte("203.0.113.1"), []byte("203.0.113.2"),
	[]byte("31.2071"), []byte("121.4019"), // places, before they are rounded
	[]byte("13800138"), // a phone in a text
	[]byte("王小明"), []byte(`\u738b\u5c0f\u660e`), []byte("unlisted"),
}

// canaryIn names the first canary that b holds by its place in the list, so that no test prints a value.
func canaryIn(b []byte) (int, bool) {
	for i, c := range canaries {
		if bytes.Contains(b, c) {
			return i, true
		}
	}
	return 0, false
}

// shapes take turns. Each is the source and what the recipients see of it; $name$ is a cell of the record.
// An empty output means that nothing is sent.
var shapes = compileShapes([]shape{
	{ // nested
		source: `{"seq":$seq$,"type":"usage","device":{"imei":"$imei$","model":"$model$"},"user_id":"$user$","ip":"$ip$","location":{"lat":$lat$,"lon":$lon$},"age":$age$,"message":"王小明 13800138000"}`,
		outputs: [3]string{
			`{"seq":$seq$,"type":"usage","device":{"imei":"$imei/analytics$","model":"$model$"},"user_id":"$user/analytics$","ip":"203.0.113.0","location":{"lat":31.2,"lon":121.4},"age":$decade$,"message":"-"}`,
			`{"seq":$seq$,"type":"usage","device":{"model":"$model$"},"location":{"lat":31.2,"lon":121.4}}`,
			`{"seq":$seq$,"type":"usage","device":{"imei":"$imei/partner$"},"user_id":"$masked$"}`,
		},
	},
	{ // names and values that hide behind escapes
		source: `{"\u0069mei":"$imei$","s\u0065q":$seq$,"I_M-EI":"\u0033$imei-rest$","note\u0000":"\u738b\u5c0f\u660e","battery":1e2}`,
		outputs: [3]string{
			`{"\u0069mei":"$imei/analytics$","s\u0065q":$seq$,"I_M-EI":"$imei/analytics$","battery":1e2}`,
			`{"s\u0065q":$seq$,"battery":1e2}`,
			`{"\u0069mei":"$imei/partner$","s\u0065q":$seq$,"I_M-EI":"$imei/partner$","battery":1e2}`,
		},
	},
	{ // equal names, and numbers that are identifiers
		source: `{"imei":$imei$,"imei":"$imei$","battery":12345678901234567890.10,"seq":$seq$,"imei":null}`,
		outputs: [3]string{
			`{"imei":"$imei/analytics$","imei":"$imei/analytics$","battery":12345678901234567890.10,"seq":$seq$,"imei":null}`,
			`{"battery":12345678901234567890.10,"seq":$seq$}`,
			`{"imei":"$imei/partner$","imei":"$imei/partner$","battery":12345678901234567890.10,"seq":$seq$,"imei":null}`,
		},
	},
	{ // arrays of objects, some emptied
		source: `{"seq":$seq$,"events":[{"imei":"$imei$","battery":3},{"unlisted":"$user$"},{"lat":$lat$},[{"model":"$model$"}]]}`,
		outputs: [3]string{
			`{"seq":$seq$,"events":[{"imei":"$imei/analytics$","battery":3},null,{"lat":31.2},[{"model":"$model$"}]]}`,
			`{"seq":$seq$,"events":[{"battery":3},null,{"lat":31.2},[{"model":"$model$"}]]}`,
			`{"seq":$seq$,"events":[{"imei":"$imei/partner$","battery":3},null,null,null]}`,
		},
	},
	{ // what no entry names: members, objects, a name that is data itself
		source: `{"unlisted":{"imei":"$imei$","seq":1},"$imei$":{"battery":1},"seq":$seq$,"unlisted2":[["$user$"]],"data":{"payload":{"user_id":"$user$"}}}`,
		outputs: [3]string{
			`{"seq":$seq$,"data":{"payload":{"user_id":"$user/analytics$"}}}`,
			`{"seq":$seq$}`,
			`{"seq":$seq$,"data":{"payload":{"user_id":"$masked$"}}}`,
		},
	},
	{ // only kept members: the record goes through as it came
		source: `{"type":"boot \u4e2d文 \"q\"","battery":-0.0,"seq":$seq$}`,
		outputs: [3]string{
			`{"type":"boot \u4e2d文 \"q\"","battery":-0.0,"seq":$seq$}`,
			`{"type":"boot \u4e2d文 \"q\"","battery":-0.0,"seq":$seq$}`,
			`{"type":"boot \u4e2d文 \"q\"","battery":-0.0,"seq":$seq$}`,
		},
	},
})

// spoiled records cannot be judged: one in 1,000 is cut short, one in 1,000 is empty.
func spoiled(n int) bool { return n%1000 == 500 || n%1000 == 750 }

type shape struct {
	source  string
	outputs [3]string
	parts   [4][]string // source and outputs, cut at the cells: text, cell, text, cell, …, text
}

func compileShapes(s []shape) []shape {
	for i := range s {
		s[i].parts[0] = strings.Split(s[i].source, "$")
		for r, out := range s[i].outputs {
			s[i].parts[r+1] = strings.Split(out, "$")
		}
	}
	return s
}

// record is one record of the source: number n of partition p.
type record struct{ p, n int }

// seqStride leaves room for the number below the partition in one kept member.
const seqStride = 100_000_000

func (r record) seq() int { return r.p*seqStride + r.n }

// person: records share 5,000 of them, so that the same value must give the same pseudonym in many places.
func (r record) person() int { return (r.n*7 + r.p*31) % 5000 }

func (r record) imei() string {
	body := fmt.Sprintf("35693803%06d", r.person())
	return body + string(luhn(body))
}

// luhn is the check digit of ISO/IEC 7812-1 annex B.
func luhn(body string) byte {
	sum := 0
	for i := range len(body) {
		d := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// time is the record's timestamp in milliseconds: young enough for any retention.
func (r record) time() int64 { return started - 3_600_000 + int64(r.n) }

func (r record) user() string { return fmt.Sprintf("uid-0%05d", r.person()) }

// cell is the text of one cell.
func (r record) cell(name string, prf *oraclePRF) string {
	switch name {
	case "seq":
		return strconv.Itoa(r.seq())
	case "imei":
		return r.imei()
	case "imei-rest":
		return r.imei()[1:]
	case "model":
		return fmt.Sprintf("M-%03d", r.n%300)
	case "user":
		return r.user()
	case "masked":
		u := r.user()
		return "***-****" + u[len(u)-2:]
	case "ip":
		return fmt.Sprintf("203.0.113.%d", 100+r.n%150)
	case "lat":
		return fmt.Sprintf("31.2071%03d", r.n%1000)
	case "lon":
		return fmt.Sprintf("121.4019%03d", r.n%997)
	case "age":
		return strconv.Itoa(20 + r.n%60)
	case "decade":
		return strconv.Itoa((20 + r.n%60) / 10 * 10)
	}
	field, profile, _ := strings.Cut(name, "/")
	switch field {
	case "imei": // canonical is the first 14 digits: the check digit says nothing about the device
		return prf.pseudonym(profile, "imei", "imei", r.imei()[:14])
	case "user":
		return prf.pseudonym(profile, "account", "account", r.user())
	}
	panic("e2e: no such cell: " + name)
}

// fill renders part k of the record's shape: 0 is the source, 1 to 3 are the recipients.
func (r record) fill(dst []byte, k int, prf *oraclePRF) []byte {
	for i, text := range shapes[r.n%len(shapes)].parts[k] {
		if i%2 == 1 {
			text = r.cell(text, prf)
		}
		dst = append(dst, text...)
	}
	return dst
}

// source is the record's value as devices wrote it.
func (r record) source(dst []byte) []byte {
	switch r.n % 1000 {
	case 500:
		whole := r.fill(nil, 0, nil)
		return append(dst, whole[:len(whole)-1]...)
	case 750:
		return dst
	}
	return r.fill(dst, 0, nil)
}

// wanted is what recipient i must see, for a record that is not spoiled.
func (r record) wanted(dst []byte, i int, prf *oraclePRF) []byte { return r.fill(dst, i+1, prf) }

// TestOracle shows that the oracle does not contradict itself: outputs hold no canary, sources do.
func TestOracle(t *testing.T) {
	prf := newOraclePRF(testKeys())
	for n := range len(shapes) {
		r := record{p: 3, n: n}
		if _, held := canaryIn(r.source(nil)); !held && n != len(shapes)-1 {
			t.Errorf("shape %d plants nothing", n)
		}
		for i, name := range recipients {
			if c, held := canaryIn(r.wanted(nil, i, prf)); held {
				t.Errorf("shape %d: %s would see canary %d", n, name, c)
			}
		}
	}
	if got := luhn("35693803564380"); got != '9' {
		t.Errorf("check digit %c, want 9", got)
	}
}
