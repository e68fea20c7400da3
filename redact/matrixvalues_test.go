package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"redactor/detect"
)

// withinSpec has recipients that drop, keep and null what they do not know, of
// records that hold records.
func withinSpec(t testing.TB, f Format) Spec {
	s := Spec{
		Format: f,
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei"}},
			{Name: "event", Level: 1, Keys: []string{"event"}},
		},
		Profiles: []Profile{
			{Name: "strict", Transforms: []Transform{hidden(), Keep()}},
			{Name: "loose", Unknown: UnknownKeep, Transforms: []Transform{stars(), Keep()}},
			{Name: "nulls", Unknown: UnknownNull, Transforms: []Transform{Null(), Keep()}},
		},
	}
	for _, o := range []struct {
		name string
		o    NestedOptions
	}{
		{"payload", NestedOptions{}},
		{"body", NestedOptions{Format: Format{Kind: FormatForm}}},
		{"cookie", NestedOptions{Format: Format{Kind: FormatCookie}}},
		{"b64", NestedOptions{In: []Encoding{EncodingBase64}}},
		{"b64u", NestedOptions{In: []Encoding{EncodingBase64URL}}},
		{"hexed", NestedOptions{In: []Encoding{EncodingHex}}},
		{"zipped", NestedOptions{In: []Encoding{EncodingBase64, EncodingGzip}}},
	} {
		s.Fields = append(s.Fields, Field{Name: o.name, Level: 4, Keys: []string{o.name}})
		for i := range s.Profiles {
			s.Profiles[i].Transforms = append(s.Profiles[i].Transforms, must(t)(Nested(o.o)))
		}
	}
	return s
}

// textsSpec has a recipient of scrubbed texts, one of none, and one that keeps
// everything and whose guard looks at it.
func textsSpec(t testing.TB) Spec {
	scrub := must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}}))
	return Spec{
		Fields: []Field{
			{Name: "secret", Class: detect.Secret, Level: 4, Keys: []string{"session", "token"}},
			{Name: "text", Class: detect.Text, Level: 3, Keys: []string{"msg"}},
		},
		Profiles: []Profile{
			{Name: "scrubbed", Transforms: []Transform{Drop(), scrub}},
			{Name: "deny", Transforms: []Transform{Drop(), Drop()}},
			{Name: "guarded", Unknown: UnknownKeep, Guard: GuardAll, Transforms: []Transform{stars(), Keep()}},
		},
	}
}

// linksSpec has recipients of what may stay of a URL.
func linksSpec(t testing.TB) Spec {
	scrub := must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}}))
	return Spec{
		Fields: []Field{
			{Name: "link", Level: 3, Keys: []string{"link"}},
			{Name: "imei", Level: 4, Keys: []string{"imei", "mac", "ip"}},
			{Name: "event", Level: 1, Keys: []string{"event"}},
		},
		Profiles: []Profile{
			{Name: "path", Transforms: []Transform{URL(URLPath), Drop(), Keep()}},
			{Name: "host", Transforms: []Transform{URL(URLHost), Drop(), Keep()}},
			{Name: "query", Transforms: []Transform{URL(URLQuery), hidden(), Keep()}},
			{Name: "scrubbed", Unknown: UnknownKeep, Transforms: []Transform{scrub, stars(), Keep()}},
		},
	}
}

// ownNamesSpec has maps from devices, whose names are a field.
func ownNamesSpec() Spec {
	return Spec{
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei"}, Names: []string{"$.devices", "$..seen", "$.list[*]"}},
			{Name: "event", Level: 1, Keys: []string{"event"}},
		},
		Profiles: []Profile{
			{Name: "pseudonym", Transforms: []Transform{hidden(), Keep()}},
			{Name: "drop", Unknown: UnknownKeep, Transforms: []Transform{Drop(), Keep()}},
			{Name: "replace", Transforms: []Transform{stars(), Keep()}},
		},
	}
}

// A record, and what the recipients of withinSpec get of it.
const inner, innerStrict, innerLoose, innerNulls = `{"imei":"` + planted + `","x":1,"event":81}`, `{"imei":"p_3","event":81}`, `{"imei":"***","x":1,"event":81}`, `{"imei":null,"x":null,"event":81}`

// within checks a record that is in a member, wrapped in a way.
func (x *matrixRun) within(name string, wrap func(string) string) {
	x.under("within")
	member := func(v string) string { return `{"` + name + `":` + quoted(wrap(v)) + `}` }
	x.redacts(member(inner), member(innerStrict), member(innerLoose), member(innerNulls))
}

// inString puts a record into a member of another one, n times.
func inString(n int, record string) string {
	for ; n > 0; n-- {
		record = `{"payload":` + quoted(record) + `}`
	}
	return record
}

var valueRows = []matrixRow{
	{14, "a million members", redacted, func(x *matrixRun) {
		var b bytes.Buffer
		b.WriteByte('{')
		for i := range x.large(1_000_000) {
			fmt.Fprintf(&b, `"k%d":%d,`, i, i)
		}
		x.under("large records").redacts(b.String()+`"imei":`+id+`}`, b.String()+`"imei":"***"}`, b.String()+`"imei":"p_3"}`, `{"imei":"p_3"}`, "{}")
	}},
	{14, "a string of 50 MB", redacted, func(x *matrixRun) {
		long := strings.Repeat("y", x.large(50<<20))
		x.under("large records").redacts(`{"x":"`+long+`","imei":`+id+`}`, `{"x":"`+long+`","imei":"***"}`, "", `{"imei":"p_3"}`, "{}", `{"x":null,"imei":null}`)
		x.redacts(`{"imei":"`+long+planted+`","event":1}`, `{"imei":"***","event":1}`, `{"imei":"p_3","event":1}`, `{"imei":"p_3","event":1}`, `{"event":1}`)
	}},
	{14, "a name of 10 MB", redacted, func(x *matrixRun) {
		long := strings.Repeat("n", x.large(10<<20))
		x.under("large records").redacts(`{"`+long+`":1,"imei":`+id+`}`, `{"`+long+`":1,"imei":"***"}`, "", `{"imei":"p_3"}`, "{}")
		x.redacts(`{"`+long+`imei":`+id+`}`, `{"`+long+`imei":"***"}`, "", "", "{}") // "*imei"
	}},
	{14, "over the limit", quarantined, func(x *matrixRun) {
		x.quarantines(`{"imei":`+id+`,"x":"`+strings.Repeat("y", DefaultMaxRecord)+`"}`, ReasonSize)
	}},
	{15, "lone surrogates", redacted, func(x *matrixRun) {
		// An escape of RFC 8259: it stays, and what is beside it goes.
		for _, s := range []string{`\ud83d`, `\udE00`, `\ud83dx`, `\ud83d\ud83d`, `\udE00\ud83d`} {
			x.redacts(`{"x`+s+`":"`+s+`","imei":"`+planted+s+`"}`, `{"x`+s+`":"`+s+`","imei":"***"}`, `{"x`+s+`":"`+s+`","imei":"p_3"}`, `{"imei":"p_3"}`, "{}", `{"x`+s+`":null,"imei":null}`)
			x.redacts(`{"no`+s+`":1,"imei":`+id+`}`, `{"no`+s+`":1,"imei":"***"}`, "", `{"imei":"p_3"}`, "{}")
			if s != `\ud83dx` { // nobody sees it in a name
				x.disguised("ime" + s + "i")
			}
		}
	}},
	{15, "bytes that are no UTF-8, overlong forms, CESU-8", quarantined, func(x *matrixRun) {
		for _, s := range []string{"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80\xed\xb0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe5\xae", "\xff"} {
			for _, record := range []string{`{"x":"` + s + `","imei":` + id + `}`, `{"` + s + `":1,"imei":` + id + `}`, `{"imei":"` + planted + s + `"}`, `{"imei":` + id + `}` + s} {
				x.quarantines(record, ReasonParse)
			}
		}
	}},
	// The matrix would have a mark of UTF-8 accepted; see DESIGN.md, section 4.
	{16, "a byte order mark of UTF-8", quarantined, func(x *matrixRun) {
		x.quarantines("\ufeff{\"imei\":"+id+"}", ReasonParse)
		x.quarantines("{\"imei\":"+id+"}\ufeff", ReasonParse)
	}},
	{16, "UTF-16 and UTF-32, with marks and without", quarantined, func(x *matrixRun) {
		for _, width := range []int{2, 4} {
			zeros := strings.Repeat("\x00", width-1)
			little, big := "", ""
			for _, c := range `{"imei":` + id + `}` {
				little, big = little+string(c)+zeros, big+zeros+string(c)
			}
			for _, record := range []string{little, big, "\xff\xfe" + zeros[:width-2] + little, zeros[:width-2] + "\xfe\xff" + big} {
				x.quarantines(record, ReasonParse)
			}
		}
	}},
	{17, "bytes behind the record", quarantined, func(x *matrixRun) {
		one := `{"imei":` + id + `}`
		for _, more := range []string{"\x00", "x", ",", "]", "}", "\"", "\v", strings.Repeat(" ", 4096) + "x", " " + planted} {
			x.quarantines(one+more, ReasonParse)
		}
		x.quarantines("x"+one, ReasonParse)
	}},
	{17, "records one behind the other", quarantined, func(x *matrixRun) {
		one := `{"imei":` + id + `}`
		for _, record := range []string{one + one, one + "\n" + one, "{}" + one, "{}\n" + one, "[]" + one, "1 " + one, "{}" + strings.Repeat(" ", 4096) + one} {
			x.quarantines(record, ReasonParse)
		}
	}},
	{17, "NDJSON, for who says so: every line is looked at", redacted, func(x *matrixRun) {
		x.under("lines")
		x.redacts(inner+"\n"+inner+"\r\n\n{}\n", innerStrict+"\n"+innerStrict+"\r\n\n{}\n", innerLoose+"\n"+innerLoose+"\r\n\n{}\n", innerNulls+"\n"+innerNulls+"\r\n\n{}\n")
		for _, bad := range []string{`{"imei":` + id, `{"imei":` + id + "}x", planted + "x"} { // goes, the others stay
			x.redacts(inner+"\n"+bad+"\n"+inner, innerStrict+"\n"+innerStrict, innerLoose+"\n"+innerLoose, innerNulls+"\n"+innerNulls)
		}
	}},
	{18, "NaN, Infinity, hexadecimal numbers", quarantined, func(x *matrixRun) {
		for _, v := range []string{"NaN", "Infinity", "-Infinity", "0x1", "+1", "01", ".5", "1.", "1e", "nul", "True"} {
			x.quarantines(`{"imei":`+id+`,"n":`+v+`}`, ReasonParse)
			x.quarantines(`{"imei":`+v+`,"n":`+id+`}`, ReasonParse)
		}
	}},
	{18, "comments, single quotes, trailing commas, names without quotes", quarantined, func(x *matrixRun) {
		for _, record := range []string{
			`{/**/"imei":` + id + `}`, `{"imei":` + id + `}//`, `{"imei":` + id + " #\n}", `{'imei':` + id + `}`, `{"imei":'` + planted + `'}`, `{"imei":` + id + `,}`, `{"x":[1,],"imei":` + id + `}`,
			`{imei:` + id + `}`, "imei=" + planted, planted + ",", `{"imei" ` + id + `}`, `{"imei":` + id + ` "n":1}`,
		} {
			x.quarantines(record, ReasonParse)
		}
	}},
	{19, "JSON in a string, twice and three times", redacted, func(x *matrixRun) {
		x.under("within")
		for n := 1; n <= maxNesting; n++ {
			x.redacts(inString(n, inner), inString(n, innerStrict), inString(n, innerLoose), inString(n, innerNulls))
		}
	}},
	{19, "JSON in a string, deeper", redacted, func(x *matrixRun) {
		x.under("within")
		for n := maxNesting + 1; n < maxNesting+4; n++ {
			nobody := inString(maxNesting, `{"payload":null}`)
			x.redacts(inString(n, inner), nobody, nobody, nobody)
		}
	}},
	{19, "JSON in a string, escaped once more", redacted, func(x *matrixRun) {
		x.within("payload", func(s string) string { return strings.Trim(quoted(s), `"`) })
		x.within("payload", func(s string) string { return strings.Trim(quoted(strings.Trim(quoted(s), `"`)), `"`) })
	}},
	{19, "JSON in a string that nobody takes for JSON: by detector", redacted, func(x *matrixRun) {
		for _, v := range []string{inner, inString(1, inner), inString(2, inner)} {
			x.text(v)
		}
	}},
	{20, "base64, base64url, hex, gzip in base64", redacted, func(x *matrixRun) {
		x.within("b64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })
		x.within("b64", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) })
		x.within("b64u", func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) })
		x.within("hexed", func(s string) string { return hex.EncodeToString([]byte(s)) })
		x.within("hexed", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) })
		x.within("zipped", zip64)
	}},
	{20, "encodings that nobody named: default-deny", redacted, func(x *matrixRun) {
		x.under("within")
		record := `{"blob":` + quoted(base64.StdEncoding.EncodeToString([]byte(inner))) + `,"event":1}`
		x.redactsTo([]string{"loose"}, record, `{"event":1}`, record, `{"blob":null,"event":1}`)
	}},
	{20, "what is not in the encoding that was named", redacted, func(x *matrixRun) {
		x.under("within")
		for _, name := range []string{"b64", "b64u", "hexed", "zipped", "payload"} {
			for _, v := range []string{planted + "!", inner + "x", zip64(inner)[:20] + "!"} {
				null := `{"` + name + `":null}`
				x.redacts(`{"`+name+`":`+quoted(v)+`}`, null, null, null)
			}
		}
	}},
	{21, "queries, percent-encoded once and twice", redacted, func(x *matrixRun) {
		for _, query := range []string{
			"imei=" + planted + "&event=1", "mac=c4%3A66%3A99%3Aab%3A01%3A7e&event=1", "mac=c4%253A66%253A99%253Aab%253A01%253A7e", "ip=203.0.113.77", "u=ip%3D203.0.113.77", "u=ip%253D203.0.113.77%2526x",
			"%69mei=" + planted, "im%2565i=" + planted, "imei%3D" + planted, "imei=%33%35%38142035282084", "a[imei]=" + planted, "imei=" + planted + ";event=1",
		} {
			x.link("https://shop.example/a?"+query, "https://shop.example/a", "https://shop.example")
		}
	}},
	{21, "fragments, parameters of the path, user information", redacted, func(x *matrixRun) {
		x.link("https://shop.example/a#imei="+planted, "https://shop.example/a", "https://shop.example")
		x.link("https://shop.example/a#/b?ip=203.0.113.77", "https://shop.example/a", "https://shop.example")
		x.link("https://shop.example/a;imei="+planted+"/b", "https://shop.example/{id}/b", "https://shop.example")
		x.link("https://shop.example/imei/"+planted, "https://shop.example/imei/{id}", "https://shop.example")
		x.link("https://"+planted+":c4%3A66%3A99%3Aab%3A01%3A7e@shop.example/a", "https://shop.example/a", "https://shop.example")
		x.link("https://203.0.113.77/a", "https://{ip}/a", "https://{ip}")
	}},
	{22, "forms and cookies in a string", redacted, func(x *matrixRun) {
		x.under("within")
		for _, c := range [][2]string{{"body", "&"}, {"cookie", "; "}} {
			member := func(pairs ...string) string { return `{"` + c[0] + `":"` + strings.Join(pairs, c[1]) + `"}` }
			x.redacts(member("imei="+planted, "x=1", "event=81"), member("imei=p_3", "event=81"), member("imei=%2A%2A%2A", "x=1", "event=81"))
		}
	}},
	{22, "forms, cookies, XML, CSV, logfmt, text of protobuf: by detector", redacted, func(x *matrixRun) {
		for _, v := range []string{
			"imei=" + planted + "&ip=203.0.113.77", "Cookie: imei=" + planted + "; mac=c4:66:99:ab:01:7e", "<dev><imei>" + planted + "</imei><ip>203.0.113.77</ip></dev>",
			"2026-11-21,boot," + planted + ",c4:66:99:ab:01:7e", "level=info imei=" + planted + ` ip="203.0.113.77"`, `imei: "` + planted + `" mac: "c4:66:99:ab:01:7e"`,
		} {
			x.text(v)
		}
	}},
	{23, "digits, slashes and quotes with escapes in a value", redacted, func(x *matrixRun) {
		x.person(`"3581\u0034203\u00352\u00382084"`, `"\u0033\u0035\u0038\u0031\u0034\u0032\u0030\u0033\u0035\u0032\u0038\u0032\u0030\u0038\u0034"`, planted)
		x.redacts(`{"imei":"358\/142\"035\\282084"}`, `{"imei":"***"}`, `{"imei":"p_3"}`, `{"imei":"p_3"}`, "{}", `{"imei":null}`)
		x.text(`imei 3581` + "\\u0034" + `2035282084`)
	}},
	{23, "digits in full width", redacted, func(x *matrixRun) {
		x.person(`"３５８１４２０３５２８２０８４"`, `"\uff13\uff15\uff18142035282084"`)
		x.text("imei ３５８１４２０３５２８２０８４")
	}},
	{24, "an identifier over two fields or an array: default-deny", redacted, func(x *matrixRun) {
		parts := `{"imei_a":"3581420","imei_b":"35282084","digits":["3","5","8","1","4","2"]}`
		x.redactsTo([]string{"replace", "pseudonym"}, parts, parts, parts, "{}", "{}", `{"imei_a":null,"imei_b":null,"digits":null}`, "{}")
		x.says("../README.md", "An identifier that is split over two fields, drawn in an image, or spelled as an array of characters is not found. Default-deny is what holds then.")
	}},
	{25, "identifiers as names: default-deny", redacted, func(x *matrixRun) {
		// A recipient that keeps what it does not know keeps such names too, which
		// is why only internal ones may; null keeps the names of unknown values.
		mayKnow := []string{"replace", "pseudonym", "null"}
		for record, want := range map[string]string{
			`{"` + planted + `":{"event":1}}`: "{}", `{"` + planted + `":[{"event":1}]}`: "{}", `{"` + planted + `":1}`: "{}", `{"` + planted + `":{}}`: "{}", `{"` + planted + `":null}`: "{}",
			`{"data":{"` + planted + `":{"event":1},"event":2}}`: `{"data":{"event":2}}`, `{"list":[{"` + planted + `":[]}]}`: "{}", `{"event":{"` + planted + `":1}}`: "{}",
			`{"` + planted + `":{"data":{"event":1}}}`: "{}", `{"` + planted + `":{"imei":` + id + `}}`: "{}", `{"event":2,"` + planted + `":{"imei":` + id + `}}`: `{"event":2}`,
		} {
			x.redactsTo(mayKnow, record, "", "", want, want, "", want)
		}
		x.redactsTo(mayKnow, `{"`+planted+`":{"event":1}}`, "", "", "", "", `{"`+planted+`":null}`)
	}},
	{25, "identifiers as names under a field that is redacted", redacted, func(x *matrixRun) {
		x.redactsTo([]string{"pseudonym"}, `{"imei":{"`+planted+`":1}}`, `{"imei":"***"}`, "", "{}", "{}", `{"imei":null}`, "{}")
		x.redacts(`{"tree":{"a":{"b":[`+id+`,{"c":`+planted+`}]}}}`, `{"tree":{"a":"***"}}`, "", "", "{}")
	}},
	{25, "identifiers as names, where the policy has a field for them", redacted, func(x *matrixRun) {
		x.under("names")
		x.redacts(`{"devices":{`+id+`:{"event":1},`+id+`:{"event":2}},"event":3}`,
			`{"devices":{"p_3":{"event":1},"p_3":{"event":2}},"event":3}`, `{"event":3}`, `{"devices":{"***":{"event":1},"***":{"event":2}},"event":3}`)
		x.redacts(`{"seen":{`+id+`:{"seen":{"\u0033`+planted[1:]+`":{"event":1}}}}}`,
			`{"seen":{"p_3":{"seen":{"p_3":{"event":1}}}}}`, "{}", `{"seen":{"***":{"seen":{"***":{"event":1}}}}}`)
		x.redacts(`{"list":[{`+id+`:{"event":1}}]}`, `{"list":[{"p_3":{"event":1}}]}`, "{}", `{"list":[{"***":{"event":1}}]}`)
	}},
}

// large is a size, or a hundredth of it where time is short.
func (x *matrixRun) large(n int) int {
	if x.short {
		return n / 100
	}
	return n
}

// text checks a text with identifiers in it: one recipient gets it without them,
// one does not get it, and the guard of the third lets nothing out.
func (x *matrixRun) text(v string) {
	x.under("texts").quarantinesFor("guarded", `{"msg":`+quoted(v)+`}`, ReasonLeak)
	for i, j := range x.judge(`{"msg":` + quoted(v) + `}`) {
		switch out := string(j.out); {
		case i == 0 && (!strings.Contains(out, "[") || !strings.HasPrefix(out, `{"msg":"`)), i == 1 && out != "{}":
			x.errorf("%s for %s: %s", v, x.spec.spec.Profiles[i].Name, out)
		}
	}
}

// link checks what becomes of a URL, which still is one.
func (x *matrixRun) link(v, path, host string) {
	record := `{"link":` + quoted(v) + `}`
	x.under("links").redacts(record, `{"link":"`+path+`"}`, `{"link":"`+host+`"}`)
	for i, j := range x.judge(record) {
		var out struct{ Link string }
		if err := json.Unmarshal(j.out, &out); err != nil {
			x.errorf("%s: %v", v, err)
		} else if u, err := url.Parse(strings.NewReplacer("{ip}", "h", "[ipv4]", "h", "[credentials]", "u").Replace(out.Link)); err != nil || u.Host == "" {
			x.errorf("%s for %s: %s is no URL: %v", v, x.spec.spec.Profiles[i].Name, out.Link, err)
		}
	}
}

// person checks that spellings of the planted IMEI are one person to who gets
// pseudonyms, and nobody to all others.
func (x *matrixRun) person(spellings ...string) {
	plain := ""
	if all := x.judge(`{"imei":` + id + `}`); len(all) > 5 {
		plain = string(all[5].out)
	}
	if !strings.HasPrefix(plain, `{"imei":"p_`) {
		x.errorf("no pseudonym: %s", plain)
	}
	for _, s := range spellings {
		x.redacts(`{"imei":`+s+`}`, `{"imei":"***"}`, "", "", "{}", `{"imei":null}`, plain)
	}
}
