package redact

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// suiteDir is JSONTestSuite (nst/JSONTestSuite, "Parsing JSON is a
// minefield"), which is not copied into this repository.
const suiteDir = "../../shared/corpora/jsontestsuite/test_parsing"

// keepAll is an internal recipient that sees everything, but for one field.
func keepAll(t testing.TB) *Program {
	return compile(t, Spec{
		Fields: []Field{{Name: "imei", Level: 4, Keys: []string{"imei"}}},
		Profiles: []Profile{
			{Name: "all", Unknown: UnknownKeep, Transforms: []Transform{Keep()}},
			{Name: "masked", Unknown: UnknownKeep, Transforms: []Transform{stars()}},
			{Name: "strict", Transforms: []Transform{stars()}},
		},
	})
}

func compile(t testing.TB, s Spec) *Program {
	t.Helper()
	p, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const planted = "358142035282084"

// implementationDefined decides the i_ files of JSONTestSuite, where RFC 8259
// leaves parsers free: true is accepted, byte for byte.
//
//   - Numbers of any size and precision are kept as they are spelled.
//   - Escapes of lone surrogates are accepted, as encoding/json does; they
//     decode to U+FFFD.
//   - Bytes that are not well-formed UTF-8 are refused: there is no one text
//     that readers of the output would agree on, so what they hide cannot be
//     judged. That includes CESU-8, overlong forms, UTF-16 and Latin-1.
//   - A byte order mark is refused: RFC 8259 (8.1) forbids writing one.
var implementationDefined = map[string]bool{
	"i_number_double_huge_neg_exp.json":                   true,
	"i_number_huge_exp.json":                              true,
	"i_number_neg_int_huge_exp.json":                      true,
	"i_number_pos_double_huge_exp.json":                   true,
	"i_number_real_neg_overflow.json":                     true,
	"i_number_real_pos_overflow.json":                     true,
	"i_number_real_underflow.json":                        true,
	"i_number_too_big_neg_int.json":                       true,
	"i_number_too_big_pos_int.json":                       true,
	"i_number_very_big_negative_int.json":                 true,
	"i_object_key_lone_2nd_surrogate.json":                true,
	"i_string_1st_surrogate_but_2nd_missing.json":         true,
	"i_string_1st_valid_surrogate_2nd_invalid.json":       true,
	"i_string_UTF-16LE_with_BOM.json":                     false,
	"i_string_UTF-8_invalid_sequence.json":                false,
	"i_string_UTF8_surrogate_U+D800.json":                 false,
	"i_string_incomplete_surrogate_and_escape_valid.json": true,
	"i_string_incomplete_surrogate_pair.json":             true,
	"i_string_incomplete_surrogates_escape_valid.json":    true,
	"i_string_invalid_lonely_surrogate.json":              true,
	"i_string_invalid_surrogate.json":                     true,
	"i_string_invalid_utf-8.json":                         false,
	"i_string_inverted_surrogates_U+1D11E.json":           true,
	"i_string_iso_latin_1.json":                           false,
	"i_string_lone_second_surrogate.json":                 true,
	"i_string_lone_utf8_continuation_byte.json":           false,
	"i_string_not_in_unicode_range.json":                  false,
	"i_string_overlong_sequence_2_bytes.json":             false,
	"i_string_overlong_sequence_6_bytes.json":             false,
	"i_string_overlong_sequence_6_bytes_null.json":        false,
	"i_string_truncated-utf-8.json":                       false,
	"i_string_utf16BE_no_BOM.json":                        false,
	"i_string_utf16LE_no_BOM.json":                        false,
	"i_structure_500_nested_arrays.json":                  true,
	"i_structure_UTF-8_BOM_empty_object.json":             false,
}

// wrap plants an IMEI beside a document.
func wrap(doc []byte) []byte {
	return []byte(`{"x":` + string(doc) + `,"imei":"` + planted + `"}`)
}

func TestJSONTestSuite(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(suiteDir, "*.json"))
	if len(files) == 0 {
		if slices.Contains(strings.Split(os.Getenv("REDACTOR_REQUIRE"), ","), "corpora") {
			t.Fatal("no JSONTestSuite beside the repository, and REDACTOR_REQUIRE asks for it")
		}
		t.Skip("no JSONTestSuite beside the repository")
	}
	m := keepAll(t).NewMachine()
	count := map[byte]int{}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		count[name[0]]++
		accepted, decided := name[0] == 'y', true
		if name[0] == 'i' {
			accepted, decided = implementationDefined[name]
		}
		if !decided {
			t.Errorf("%s is not decided", name)
			continue
		}
		checkSuiteFile(t, m, name, doc, accepted)
		// A fragment that closes the object around it is not malformed any more.
		if name[0] != 'n' || !json.Valid(wrap(doc)) {
			checkSuiteFile(t, m, name+" wrapped", wrap(doc), accepted)
		}
	}
	if count['y'] != 95 || count['n'] != 188 || count['i'] != 35 {
		t.Errorf("files: %d y_, %d n_, %d i_", count['y'], count['n'], count['i'])
	}
}

func checkSuiteFile(t *testing.T, m *Machine, name string, doc []byte, accepted bool) {
	t.Helper()
	v := m.Scan(doc)
	out, rv := m.Render(nil, 0)
	if !accepted {
		if v.Outcome != Quarantined || rv != v || out != nil {
			t.Errorf("%s: %v, rendered %q %v", name, v, out, rv)
		}
		return
	}
	if v.Outcome != Passed || !bytes.Equal(out, doc) {
		t.Errorf("%s: %v\n in %q\nout %q", name, v, doc, out)
	}
	for i := 1; i < 3; i++ {
		if out, _ := m.Render(nil, i); bytes.Contains(out, []byte(planted)) || !json.Valid(out) {
			t.Errorf("%s: profile %d: %q", name, i, out)
		}
	}
	masked, _ := m.Render(nil, 1)
	if want := strings.ReplaceAll(string(doc), `"`+planted+`"`, `"***"`); string(masked) != want {
		t.Errorf("%s:\n got %q\nwant %q", name, masked, want)
	}
}

// TestSuiteGround covers the ground of JSONTestSuite without it: documents of
// every construct, whole and spoiled, are accepted exactly if encoding/json
// accepts them and they are UTF-8, and then come out byte for byte.
func TestSuiteGround(t *testing.T) {
	m := keepAll(t).NewMachine()
	r := rand.New(rand.NewPCG(7, 8))
	accepted, refused := 0, 0
	try := func(doc []byte) {
		v := m.Scan(doc)
		if want := json.Valid(doc) && utf8.Valid(doc); (v.Outcome == Passed) != want {
			t.Fatalf("%q: %v, want accepted %t", doc, v, want)
		}
		if v.Outcome != Passed {
			refused++
			return
		}
		accepted++
		if out, _ := m.Render(nil, 0); !bytes.Equal(out, doc) {
			t.Fatalf("in %q\nout %q", doc, out)
		}
	}
	for _, s := range malformed {
		try([]byte(s))
		try(wrap([]byte(s)))
	}
	rounds := 40000
	if testing.Short() {
		rounds = 4000
	}
	for range rounds {
		var b bytes.Buffer
		randomDoc(r, &b, r.IntN(4))
		try(b.Bytes())
		try(mutate(r, b.Bytes()))
	}
	if accepted < rounds || refused < rounds/3 {
		t.Errorf("%d accepted, %d refused", accepted, refused)
	}
}

// TestEveryByteEverywhere puts each of the 256 bytes before, and in the place of,
// each byte of records, and takes each byte away: what is accepted is JSON, and
// comes out byte for byte.
func TestEveryByteEverywhere(t *testing.T) {
	p := keepAll(t)
	machines := []*Machine{p.NewMachine(), p.NewPortableMachine()}
	try := func(doc []byte) {
		want := json.Valid(doc) && utf8.Valid(doc)
		for i, m := range machines {
			v := m.Scan(doc)
			if (v.Outcome == Passed) != want {
				t.Fatalf("machine %d: %q: %v, want accepted %t", i, doc, v, want)
			}
			if out, _ := m.Render(nil, 0); want && !bytes.Equal(out, doc) {
				t.Fatalf("machine %d:\n in %q\nout %q", i, doc, out)
			}
		}
	}
	for _, record := range []string{
		`{"a":1,"imei":[true,"x",-2.5e3,{}],"":{"b":null,"c":false}}`,
		` { "a" : 10 , "imei" : [ true , "x" , [ ] , { } ] , "b\"" : { "c" : -0.5 } } `,
		`["\u00e9\\","é客😀",0,{"a":"\ud83d"}, [[1] ,2] ]`,
	} {
		for _, shift := range []string{"", strings.Repeat(" ", 64-7), strings.Repeat(" ", 4096-9)} {
			doc := []byte(shift + record)
			last := len(doc)
			if len(shift) > 64 { // across the end of the first chunk
				last = len(shift) + 18
			}
			for i := len(shift); i <= last; i++ {
				for c := range 256 {
					try(slices.Insert(bytes.Clone(doc), i, byte(c)))
					if i < len(doc) {
						other := bytes.Clone(doc)
						other[i] = byte(c)
						try(other)
					}
				}
				if i < len(doc) {
					try(slices.Delete(bytes.Clone(doc), i, i+1))
				}
			}
		}
	}
}

// malformed are documents that a careless parser takes.
var malformed = []string{
	"", " ", "\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", "{\x00}\x00", "NaN", "Infinity", "-Infinity", "nul", "nulll", "truE", "tru", "falsy",
	"//\n1", "/**/1", "1//", "'a'", "{a:1}", "{'a':1}", `{"a":1,}`, "[1,]", "[,1]", "[1,,2]", "{,}", `{"a"}`, `{"a":}`, `{"a" 1}`, `{"a":1 "b":2}`,
	"{}{}", "[][]", "{}\n{}", "1 2", "{} x", "{}\x00", "]", "}", "[", "{", "[}", "{]", `["a":1]`, `{1:2}`, `{null:1}`, "[1", `{"a":[}`,
	"01", "-", "-01", "+1", ".5", "1.", "1.e1", "1e", "1e+", "1E-", "0x1", "1_0", "1e1.5", "--1", "- 1", "-a", "1a", "00", "-.5", "1.5.5",
	`"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u"`, `"\u12"`, `"\u123`, `"\u123g"`, `"\u 123"`, `"\U0041"`, `"\'"`, "\"\n\"", "\"\t\"", "\"\x00\"", "\"\x1f\"",
	"\"\x80\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe5\xae\"", "\"\xf0\x9f\x98\"", "\"\xff\"", "{\"\xff\":1}",
	"\u00a01", "\v1", "\f1", "[1\u2028]", "\u2028", "\x7f", "*", "{\"a\":1}#", "[1;2]", "(1)", `{"a":1]`, `["a"}`, `"a"b"`, `"a" "b"`, `{"a":1:2}`,
}
