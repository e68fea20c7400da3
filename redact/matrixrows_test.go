package redact

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redactor/detect"
)

// matrixSpecs are the policies that the matrix is run under. Each has
// recipients of every kind: some that keep what they do not know, which are the
// ones that can leak, and default-deny ones.
func matrixSpecs(t testing.TB) map[string]*matrixSpec {
	specs := map[string]*matrixSpec{}
	for name, spec := range map[string]Spec{
		"device logs":   logsSpec(t, 0),
		"large records": logsSpec(t, 64<<20),
		"suite":         keepAll(t).spec,
		"lines":         withinSpec(t, Format{Kind: FormatNDJSON}),
		"within":        withinSpec(t, Format{}),
		"texts":         textsSpec(t),
		"links":         linksSpec(t),
		"names":         ownNamesSpec(),
	} {
		s := &matrixSpec{spec: spec, prog: compile(t, spec)}
		switch name {
		case "device logs", "large records", "suite":
			s.twin = newTwin(spec)
		}
		specs[name] = s
	}
	return specs
}

// logsSpec has, in this order, recipients that keep what they do not know, and
// get stars and digests; that do not get it, and get digests and nothing; that
// get nothing but names; and one that gets pseudonyms and coarse places.
func logsSpec(t testing.TB, maxRecord int) Spec {
	transforms := func(t Transform) []Transform { return []Transform{t, t, t, Keep()} }
	return Spec{
		MaxRecord:  maxRecord,
		Containers: []string{"data", "list"},
		Fields: []Field{
			{Name: "imei", Class: detect.IMEI, Level: 4, Keys: []string{"imei", "imei1", "imeis", "*imei", "iccid"}},
			{Name: "place", Level: 4, Keys: []string{"lat", "lon", "gps", "geo"}},
			{Name: "path", Level: 4, Paths: []string{"$.ids[*].v", "$..deep", "$.tree..*"}},
			{Name: "event", Level: 1, Keys: []string{"event", "n"}},
		},
		Profiles: []Profile{
			{Name: "replace", Unknown: UnknownKeep, Transforms: transforms(stars())},
			{Name: "pseudonym", Unknown: UnknownKeep, Transforms: transforms(hidden())},
			{Name: "deny", Transforms: transforms(hidden())},
			{Name: "drop", Transforms: transforms(Drop())},
			{Name: "null", Unknown: UnknownNull, Transforms: transforms(Null())},
			{Name: "coarse", Transforms: []Transform{matrixPseudonym(t), must(t)(Round(1)), hidden(), Keep()}},
		},
	}
}

// matrixPseudonym is a pseudonym as a policy has it: of the canonical value.
func matrixPseudonym(t testing.TB) Transform {
	return must(t)(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Class: detect.IMEI, Prefix: "p_"}))
}

// digest is a transform for tests that takes every kind of value and shows
// nothing of it.
type digest struct{}

func (digest) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	return append(dst, 'p', '_', byte('0'+k)), ShapePlain
}

func hidden() Transform { return Transform{OpApply, RankPseudonym, "pseudonym", digest{}} }

// suiteDocs returns documents of JSONTestSuite by the first letter of their names,
// where it is beside the repository, after some of our own.
func suiteDocs(letter string, own []string) []string {
	docs := append([]string{}, own...)
	files, _ := filepath.Glob(filepath.Join(suiteDir, letter+"_*.json"))
	for _, file := range files {
		if doc, err := os.ReadFile(file); err == nil {
			docs = append(docs, string(doc))
		}
	}
	return docs
}

// undecided are documents that RFC 8259 leaves to parsers; the second list are
// those that we refuse. See implementationDefined.
var (
	undecidedTaken   = []string{"[1e400]", "[-1e-400]", "[123123e100000]", `["\ud800"]`, `["\uDd1e\uD834"]`, `["\ud800\n"]`, `{"\uDFAA":0}`, strings.Repeat("[", 500) + strings.Repeat("]", 500)}
	undecidedRefused = []string{"\xef\xbb\xbf{}", "\xff\xfe[\x00\"\x00]\x00", "[\"\xe6\x97\xa5\xd1\x88\xfa\"]", "[\"\xed\xa0\x80\"]", "[\"\xe9\"]", "[\"\xc0\xaf\"]", "\x00[\x00\"\x00\xe9\x00\"\x00]"}
)

var suiteRows = []matrixRow{
	{1, "documents of JSON, an IMEI beside them", redacted, func(x *matrixRun) {
		x.under("suite")
		for _, doc := range suiteDocs("y", randomScalars) {
			if strings.Contains(doc, "58142035282084") {
				continue // what is planted, where it may stay
			}
			record := string(wrap([]byte(doc)))
			x.redactsTo([]string{"all"}, record, record, strings.ReplaceAll(record, `"`+planted+`"`, `"***"`))
		}
	}},
	{2, "documents of no JSON, an IMEI beside them", quarantined, func(x *matrixRun) {
		for _, policy := range []string{"suite", "device logs"} {
			x.under(policy)
			for _, doc := range suiteDocs("n", malformed) {
				// A fragment that closes the object around it is not malformed any more.
				if record := wrap([]byte(doc)); !json.Valid(record) {
					x.quarantines(string(record), ReasonParse, ReasonDepth)
				}
			}
		}
	}},
	{3, "documents that parsers may take, taken", redacted, func(x *matrixRun) {
		x.under("suite")
		for _, doc := range undecidedTaken {
			record := string(wrap([]byte(doc)))
			x.redactsTo([]string{"all"}, record, record, strings.ReplaceAll(record, `"`+planted+`"`, `"***"`))
		}
		for name, taken := range implementationDefined {
			if doc, err := os.ReadFile(filepath.Join(suiteDir, name)); err == nil && taken {
				record := string(wrap(doc))
				x.redactsTo([]string{"all"}, record, record, strings.ReplaceAll(record, `"`+planted+`"`, `"***"`))
			}
		}
	}},
	{3, "documents that parsers may take, refused", quarantined, func(x *matrixRun) {
		x.under("suite")
		for _, doc := range undecidedRefused {
			x.quarantines(string(wrap([]byte(doc))), ReasonParse)
		}
		for name, taken := range implementationDefined {
			if doc, err := os.ReadFile(filepath.Join(suiteDir, name)); err == nil && !taken {
				x.quarantines(string(wrap(doc)), ReasonParse)
			}
		}
	}},
}

const id = `"` + planted + `"`

// disguised checks a name that is one of the policy's in disguise: what matches only
// when more than case is folded is withheld from who wants no unknown names.
func (x *matrixRun) disguised(name string) {
	var s string
	if err := json.Unmarshal([]byte(`"`+name+`"`), &s); err != nil {
		x.errorf("%q is no name: %v", name, err)
	}
	record := `{"` + name + `":` + id + `}`
	want := []string{`{"` + name + `":"***"}`, `{"` + name + `":"p_3"}`, "{}", "{}", `{"` + name + `":null}`, "{}"}
	if strings.HasSuffix(s, "imei") { // "*imei" matches whatever is in front
		want = want[:2]
	}
	x.redacts(record, want...)
}

var syntaxRows = []matrixRow{
	{4, "equal names", redacted, func(x *matrixRun) {
		x.redacts(`{"imei":"A`+planted+`","event":1,"imei":"B`+planted+`"}`,
			`{"imei":"***","event":1,"imei":"***"}`, `{"imei":"p_3","event":1,"imei":"p_3"}`, `{"imei":"p_3","event":1,"imei":"p_3"}`, `{"event":1}`, `{"imei":null,"event":1,"imei":null}`)
		x.redacts(`{"imei":1,"imei":`+planted+`,"imei":`+id+`}`, `{"imei":"***","imei":"***","imei":"***"}`, "", "", "{}")
		x.redacts(`{"ids":[{"v":`+id+`,"v":`+id+`}],"ids":[{"v":`+id+`}]}`, `{"ids":[{"v":"***","v":"***"}],"ids":[{"v":"***"}]}`, "", "", "{}")
		many := strings.Repeat(`"imei":`+id+`,"event":2,`, 300)
		x.redacts("{"+many+`"event":1}`, "", "", "", "{"+strings.Repeat(`"event":2,`, 300)+`"event":1}`)
	}},
	{5, "names that differ in case", redacted, func(x *matrixRun) {
		x.redacts(`{"imei":`+id+`,"IMEI":`+id+`,"Imei":`+planted+`}`,
			`{"imei":"***","IMEI":"***","Imei":"***"}`, `{"imei":"p_3","IMEI":"p_3","Imei":"p_2"}`, `{"imei":"p_3","IMEI":"p_3","Imei":"p_2"}`, "{}", `{"imei":null,"IMEI":null,"Imei":null}`)
		for bits := range 16 { // every case of every letter
			name := []byte("imei")
			for i := range name {
				name[i] -= byte(bits >> i & 1 * ('a' - 'A'))
			}
			x.redacts(`{"`+string(name)+`":`+id+`}`, `{"`+string(name)+`":"***"}`, "", "", "{}")
		}
	}},
	{6, "names with escapes", redacted, func(x *matrixRun) {
		for _, name := range []string{`\u0069mei`, `im\u0065i`, `\u0049\u004D\u0045\u0049`, `\u0069\u006d\u0065\u0069`, `\u0069\u006D\u0065\u0069`, `i\u005fmei`, `imei\u0031`} {
			x.redacts(`{"`+name+`":`+id+`}`, `{"`+name+`":"***"}`, `{"`+name+`":"p_3"}`, `{"`+name+`":"p_3"}`, "{}", `{"`+name+`":null}`)
		}
		x.redacts(`{"\u0069ds":[{"\u0076":`+id+`}],"d\u0065ep":`+id+`}`, `{"\u0069ds":[{"\u0076":"***"}],"d\u0065ep":"***"}`, "", `{"\u0069ds":[{"\u0076":"p_3"}],"d\u0065ep":"p_3"}`, "{}")
	}},
	{6, "names of surrogate pairs", redacted, func(x *matrixRun) {
		for _, name := range []string{`\ud835\udc22mei`, `\uD835\uDC22\uD835\uDC26\uD835\uDC1E\uD835\uDC22`, `\uff49mei`} {
			x.disguised(name)
		}
	}},
	{7, "names with NUL and control characters", redacted, func(x *matrixRun) { x.hiding(`\u0000`, `\t`, `\n`, `\u007f`, `\u001b`) }},
	{7, "names with spaces before, within and behind", redacted, func(x *matrixRun) { x.hiding(" ", "\u00a0", "\u3000", "\u2003") }},
	{7, "names with characters of no width", redacted, func(x *matrixRun) {
		x.hiding("\u200b", "\u200d", "\u2060", "\u00ad", "\u0301", "\ufe0f", "\u202e", `\u200b`)
	}},
	{7, "names with a byte order mark", redacted, func(x *matrixRun) { x.hiding("\ufeff", `\ufeff`) }},
	{8, "names in letters of other alphabets", redacted, func(x *matrixRun) {
		for _, name := range []string{"іmei", "imеi", "іме\u0456", "ιmei", "imeı", "İMEI", "ⅰⅿeⅰ", "𝐢𝐦𝐞𝐢", "𝙸𝙼𝙴𝙸", "ímeì", "ⓘmei"} {
			x.disguised(name)
		}
	}},
	{8, "names in full-width letters", redacted, func(x *matrixRun) {
		for _, name := range []string{"ｉｍｅｉ", "ＩＭＥＩ", "ｉ＿ｍｅｉ", "imei１"} {
			x.disguised(name)
		}
	}},
	{8, "names with a long s or a Kelvin sign", redacted, func(x *matrixRun) {
		x.under("texts")
		for _, name := range []string{"ſeſſion", "seſsion", "to\u212Aen", "tοken", "тoken"} {
			x.redacts(`{"`+name+`":`+id+`}`, "{}", "{}", `{"`+name+`":"***"}`)
		}
	}},
	{8, "names that no folding knows: the value gives itself away", quarantined, func(x *matrixRun) {
		x.under("texts")
		for _, name := range []string{"ɪᴍᴇɪ", "手机串号", "i🅜ei"} {
			x.quarantinesFor("guarded", `{"`+name+`":`+id+`}`, ReasonLeak)
			x.quarantinesFor("guarded", `{"`+name+`":`+planted+`}`, ReasonLeak)
		}
	}},
	{9, "variants of a name", redacted, func(x *matrixRun) {
		// deviceImei and imeis are found because the policy says *imei and imeis.
		for _, name := range []string{"imei_1", "IMEI1", "i-m-e-i", "deviceImei", "device-imei", "device_imei", "device.imei", "imeis", "IMEIS"} {
			x.redacts(`{"`+name+`":`+id+`}`, `{"`+name+`":"***"}`, `{"`+name+`":"p_3"}`, `{"`+name+`":"p_3"}`, "{}", `{"`+name+`":null}`)
		}
	}},
	{9, "variants that no key finds: default-deny", redacted, func(x *matrixRun) {
		for _, name := range []string{"imei_code", "my_im_ei_x", "imeix"} {
			x.redactsTo([]string{"replace", "pseudonym"}, `{"`+name+`":`+id+`}`, "", "", "{}", "{}", `{"`+name+`":null}`, "{}")
		}
	}},
	{10, "values of every type", redacted, func(x *matrixRun) {
		for _, c := range [][3]string{
			{id, `"***"`, `"p_3"`},
			{planted, `"***"`, `"p_2"`},
			{"-" + planted, `"***"`, `"p_2"`},
			{"3.58142035282084e14", `"***"`, `"p_2"`},
			{planted + ".0", `"***"`, `"p_2"`},
			{"{}", `"***"`, `"p_4"`},
			{"[]", `"***"`, `"p_4"`},
			{"true", `"***"`, `"p_1"`},
			{"null", "null", "null"}, // says nothing
		} {
			member := func(v string) string { return `{"imei":` + v + `}` }
			x.redacts(member(c[0]), member(c[1]), member(c[2]), member(c[2]), "{}", member("null"))
		}
	}},
	{10, "arrays and objects under a name", redacted, func(x *matrixRun) {
		for _, c := range [][3]string{
			{`[` + id + `,` + planted + `,null,[[` + planted + `]]]`, `["p_3","p_2",null,[["p_2"]]]`, `["p_3","p_2",null,[["p_2"]]]`},
			{`{"v":` + id + `,"event":1}`, `{"v":"p_3","event":1}`, `{"event":1}`},
			{`{"a":{"b":[` + id + `],"data":{"c":` + id + `}}}`, `{"a":{"b":["p_3"],"data":{"c":"p_3"}}}`, ``},
			{`[{"imei":` + id + `,"x":` + id + `}]`, `[{"imei":"p_3","x":"p_3"}]`, `[{"imei":"p_3"}]`},
		} {
			member := func(v string) string { return `{"imei":` + v + `}` }
			deny := "{}"
			if c[2] != "" {
				deny = member(c[2])
			}
			x.redacts(member(c[0]), member(`"***"`), member(c[1]), deny, "{}", member("null"))
		}
	}},
	{11, "numbers beyond 2^53, of 20 digits, of great and small exponents", redacted, func(x *matrixRun) {
		for _, n := range []string{
			"9007199254740993", "89860012345678901234", "1e400", "-1e-400", "-0", "0.1000000000000000055511151231257827021181583404541015625",
			"1E+2", "1e5", "0.10", "-0.0e-0", strings.Repeat("9", 400),
		} {
			x.redacts(fmt.Sprintf(`{"n":%s,"iccid":%s,"imei":%s}`, n, n, planted), `{"n":`+n+`,"iccid":"***","imei":"***"}`,
				`{"n":`+n+`,"iccid":"p_2","imei":"p_2"}`, `{"n":`+n+`,"iccid":"p_2","imei":"p_2"}`, `{"n":`+n+`}`, `{"n":`+n+`,"iccid":null,"imei":null}`)
		}
	}},
	{12, "places as numbers, texts, pairs and GeoJSON", redacted, func(x *matrixRun) {
		for _, c := range [][2]string{
			{"39.904211", "39.9"}, {`"39.904211"`, `"39.9"`}, {`"39.904211,116.407395"`, `"39.9,116.4"`}, {"[116.407395,39.904211]", "[116.4,39.9]"},
			{`{"type":"Point","coordinates":[116.407395,39.904211]}`, ""}, {"[[116.407395,39.904211],[[39.904211]]]", "[[116.4,39.9],[[39.9]]]"},
		} {
			x.place(c[0], c[1])
		}
	}},
	{12, "places in microdegrees, DMS, NMEA, geohash, WKT, plus codes", redacted, func(x *matrixRun) {
		for _, v := range []string{
			"39904211", `"39904211"`, `"39°54'15.2\"N 39.904211"`, `"3954.2527,N"`, `"wx4g0bm 39.904211"`, `"POINT(116.407395 39.904211)"`, `"8PFRWC33+M2 39.904211"`,
		} {
			x.place(v, "null")
		}
	}},
	{12, "places at the end of the range stay in it", redacted, func(x *matrixRun) {
		for _, c := range [][2]string{{"89.96", "90"}, {"-89.96", "-90"}, {"179.97", "180"}, {"-179.97", "-180"}} {
			x.redacts(`{"imei":`+id+`,"lat":`+c[0]+`}`, "", "", "", "", "", "")
			if out := x.judge(`{"lat":` + c[0] + `}`)[5].out; string(out) != `{"lat":`+c[1]+`}` {
				x.errorf("%s became %s", c[0], out)
			}
		}
	}},
	{13, "depth up to the limit", redacted, func(x *matrixRun) {
		for _, n := range []int{2, 10, 100, DefaultMaxDepth - 2} {
			x.redacts(nest(n, `{"imei":`+id+`}`), nest(n, `{"imei":"***"}`), nest(n, `{"imei":"p_3"}`), nest(n, `{"imei":"p_3"}`), "{}", nest(n, `{"imei":null}`))
			x.redacts(nest(n, `{"imei":[`+planted+`]}`), nest(n, `{"imei":"***"}`), nest(n, `{"imei":["p_2"]}`), nest(n, `{"imei":["p_2"]}`), "{}", nest(n, `{"imei":null}`))
		}
	}},
	{13, "depth above the limit, to a million brackets", quarantined, func(x *matrixRun) {
		for _, record := range []string{
			nest(DefaultMaxDepth, `{"imei":`+id+`}`), nest(DefaultMaxDepth, "{}"), nest(10000, id),
			strings.Repeat("[", 1000000), strings.Repeat(`{"imei":`, 1000000), strings.Repeat("[", 1000000) + id,
		} {
			x.quarantines(record, ReasonDepth)
		}
	}},
}

// hiding checks names with something in them that is not seen.
func (x *matrixRun) hiding(what ...string) {
	for _, h := range what {
		for _, name := range []string{h + "imei", "im" + h + "ei", "imei" + h, h + h + "imei" + h} {
			x.disguised(name)
		}
	}
}

// place checks what becomes of a place: nothing of it is seen, and who gets
// coarse ones gets this.
func (x *matrixRun) place(v, coarse string) {
	for _, name := range []string{"lat", "gps", "geo"} {
		record := `{"` + name + `":` + v + `,"data":{"` + name + `":` + v + `}}`
		want := `{"` + name + `":` + coarse + `,"data":{"` + name + `":` + coarse + `}}`
		if coarse == "" {
			want = ""
		}
		x.redacts(record, `{"`+name+`":"***","data":{"`+name+`":"***"}}`, "", "", "{}", `{"`+name+`":null,"data":{"`+name+`":null}}`, want)
	}
}

// nest puts a value into n objects and arrays.
func nest(n int, inner string) string {
	return strings.Repeat(`{"data":[`, n/2) + inner + strings.Repeat("]}", n/2)
}
