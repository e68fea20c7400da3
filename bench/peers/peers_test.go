package main

import (
	"strings"
	"testing"

	"redactor/bench"
)

// TestContests: every entry does the work, for every record that is measured.
func TestContests(t *testing.T) {
	if _, err := contest(newWork(bench.Flat(), flatPaths), bench.FlatMasked(), bench.FlatKeyed(), bench.FlatHashed(), nil); err != nil {
		t.Error(err)
	}
	entries, err := contest(newWork(bench.Nested(), nestedPaths), bench.NestedMasked(), bench.NestedKeyed(), bench.NestedHashed(), bench.Spelled())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.ours && e.odd != 0 {
			t.Errorf("%s: %d odd spellings wrong", e.Name, e.odd)
		}
	}
}

// TestChecksRefuse shows that the checks see what they are there to see.
func TestChecksRefuse(t *testing.T) {
	const record = `{"imei":"1","imsi":"2","android_id":"3","mac":"4","ip":"5","ssid":"6","lat":7,"lon":8.0,"n":9}`
	const made = `{"imei":"***","imsi":"***","android_id":"***","mac":"***","ip":"***","ssid":"***","lat":"***","lon":"***","n":9}`
	w := newWork(bench.NewSet("one", [][]byte{[]byte(record)}), flatPaths)
	long := strings.ReplaceAll(made, "***", strings.Repeat("p", 22))
	for _, c := range []struct {
		name    string
		check   check
		good    string
		refused []string
	}{
		{"masked", w.masked(false), made, []string{
			record, "", made[1:], strings.Replace(made, "***", "1", 1), strings.Replace(made, ":9", ":9.0", 1), strings.Replace(made, `,"n":9`, "", 1),
			strings.Replace(made, `"lat":"***"`, `"lat":null`, 1),
		}},
		{"masked with null", w.masked(true), strings.Replace(made, `"lat":"***"`, `"lat":null`, 1), []string{record, strings.Replace(made, "***", "1", 1)}},
		{"pseudonymized", w.pseudonymized(), strings.Replace(long, `"`+strings.Repeat("p", 22)+`"`, "null", 1), []string{
			record, made, strings.Replace(long, ":9", ":10", 1), strings.Replace(long, `"lat"`, `"lot"`, 1),
		}},
		{"named", named([]string{"imei"}, []string{"n"}), strings.Replace(strings.Replace(record, `,"n":9`, "", 1), `"1"`, `"***"`, 1), []string{
			record, strings.Replace(record, `"1"`, `"***"`, 1), strings.Replace(record, `,"n":9`, "", 1),
		}},
		{"verbatim", verbatim, record, []string{made, record + " "}},
	} {
		if err := c.check([]byte(record), []byte(c.good)); err != nil {
			t.Errorf("%s refuses what is right: %v", c.name, err)
		}
		for _, out := range c.refused {
			if c.check([]byte(record), []byte(out)) == nil {
				t.Errorf("%s takes %s", c.name, out)
			}
		}
	}
}

// TestValidatorsValidate: who is not said to trust its input refuses a record
// that is cut, or that goes on behind its end.
func TestValidatorsValidate(t *testing.T) {
	set := bench.Flat()
	w := newWork(set, flatPaths)
	record := string(set.Records[0])
	for _, p := range peers {
		r := p.make(w)
		for _, broken := range []string{record[:len(record)-1], strings.Replace(record, `,"`, `"`, 1), strings.Replace(record, ":", "::", 1)} {
			if _, err := r(nil, []byte(broken)); (err == nil) && !p.trusts {
				t.Errorf("%s takes %s", p.name, broken)
			}
		}
	}
}
