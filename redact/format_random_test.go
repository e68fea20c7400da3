package redact

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
)

// This file makes records of the formats, and policies about them.

var formatNamesOfTests = []string{"imei", "a", "b", "IP", "x_y", "k1", "data", "remote_addr", "客厅", "status"}
var formatValuesOfTests = []string{"1", "14", "81", "358142035282084", "crash", "a", "10.0.0.1", "-", "x-y", "true", "null", "客厅", "1e2", "c4%3A66", "a%2541"}

func randomLogfmt(r *rand.Rand) string {
	var b strings.Builder
	for n := r.IntN(3); n >= 0; n-- {
		for k := r.IntN(6); k > 0; k-- {
			b.WriteString(pick(r, formatNamesOfTests))
			switch r.IntN(6) {
			case 0:
			case 1:
				b.WriteString("=")
			case 2, 3:
				b.WriteString("=" + twinQuote(pick(r, append(formatValuesOfTests, "", "a b", "\"q\"", "x\n\ty=z"))))
			default:
				b.WriteString("=" + pick(r, append(formatValuesOfTests, "/a?b=c", "c:\\d")))
			}
			b.WriteString(pick(r, []string{" ", "  ", "\t"}))
		}
		b.WriteString(pick(r, []string{"\n", "\r\n", "\n\n"}))
	}
	return b.String()
}

func randomCSV(r *rand.Rand) string {
	var b strings.Builder
	columns := 1 + r.IntN(5)
	for rows := r.IntN(4); rows >= 0; rows-- {
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			switch k := r.IntN(6); {
			case b.Len() < 40 && rows == 0 && k > 3, k > 2:
				b.WriteString(pick(r, append(formatNamesOfTests, formatValuesOfTests...)))
			case k > 0:
				b.WriteString(`"` + strings.ReplaceAll(pick(r, append(formatNamesOfTests, "a,b", "q\"q", "l\r\nl", "")), `"`, `""`) + `"`)
			}
		}
		b.WriteString(pick(r, []string{"\n", "\r\n", "\n\n"}))
	}
	return b.String()
}

func randomSyslog(r *rand.Rand) string {
	token := func() string { return strings.ReplaceAll(pick(r, formatValuesOfTests), " ", "") }
	if r.IntN(2) == 0 {
		return pick(r, []string{"<34>", ""}) + pick(r, []string{"Nov  1 21:05:33", "2026-11-21T21:05:33+08:00", "-"}) + " " + token() + " " +
			pick(r, []string{"su: ", "su[12]: ", "su[-]:", "su[x]: ", "", "a:b "}) + pick(r, formatValuesOfTests)
	}
	s := fmt.Sprintf("<%d>1 %s %s %s %s %s -", r.IntN(200), token(), token(), token(), token(), token())
	if r.IntN(3) > 0 {
		s += " " + pick(r, append(formatValuesOfTests, "", "a message, with \"more\"", "\ufeffx"))
	}
	return s + pick(r, []string{"", "\n"})
}

func randomAccess(r *rand.Rand) string {
	var b strings.Builder
	value := func() string { return pick(r, formatValuesOfTests) }
	for n := r.IntN(3); n >= 0; n-- {
		request := pick(r, []string{"GET /a?imei=1 HTTP/1.1", "-", "", `\x16\x03`, "a b", "POST / HTTP/2.0", `x \"y\" HTTP/1`})
		fmt.Fprintf(&b, "%s - %s [%s] \"%s\" %s %s\n", value(), value(), value(), request, value(), value())
	}
	return b.String()
}

func randomForm(r *rand.Rand) string {
	var b strings.Builder
	for n := r.IntN(6); n > 0; n-- {
		b.WriteString(pick(r, []string{pick(r, formatNamesOfTests), url.QueryEscape(pick(r, formatNamesOfTests)), "%69mei"}))
		if r.IntN(5) > 0 {
			b.WriteString("=" + pick(r, append(formatValuesOfTests, url.QueryEscape("a b&c"), "a+b", "%2525", "")))
		}
		b.WriteString(pick(r, []string{"&", ";", "; ", "&&"}))
	}
	return b.String()
}

// formatPolicy is a random policy about the names of the formats' records.
func formatPolicy(r *rand.Rand) Spec {
	spec := randomSpec(r)
	for i := range spec.Fields {
		f := &spec.Fields[i]
		f.Paths = slices.DeleteFunc(f.Paths, func(p string) bool { return p == "$" })
		f.Keys = append(f.Keys, pick(r, formatNamesOfTests))
		if r.IntN(3) == 0 {
			f.Paths = append(f.Paths, "$."+pick(r, formatNamesOfTests))
		}
	}
	for i := range spec.Profiles {
		for n, tr := range spec.Profiles[i].Transforms {
			if s := tr.siblings(); s != nil {
				spec.Profiles[i].Transforms[n] = s.base
			}
		}
		if r.IntN(2) == 0 {
			spec.Profiles[i].Only, spec.Profiles[i].Except = nil, nil
		}
	}
	return spec
}
