package rules

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func sampleProblems() Problems {
	return Problems{
		{Place: Place{"policy.yaml", 2, 3, "a\tb"}, Severity: Error, ID: idType, Message: "50% wrong", Hint: "do this,\nthen: that"},
		{Place: Place{File: "policy.yaml"}, Severity: Warning, ID: idExpired, Message: "old", Hint: "renew"},
	}
}

func TestRender(t *testing.T) {
	var b bytes.Buffer
	if err := sampleProblems().Render(&b, false); err != nil {
		t.Fatal(err)
	}
	want := "policy.yaml:2:3: 50% wrong\n    2 | a\tb\n      |  \t^ do this,\nthen: that\npolicy.yaml: warning: old\n       renew\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
	b.Reset()
	sampleProblems().Render(&b, true)
	if plain := uncolored(b.String()); plain != want {
		t.Errorf("with color, got\n%q\nwant\n%q", plain, want)
	} else if b.String() == want {
		t.Error("no color")
	}
}

func uncolored(s string) string {
	for _, style := range []string{styleBold, styleError, styleWarn, styleHint, styleFaint, styleReset} {
		s = strings.ReplaceAll(s, style, "")
	}
	return s
}

func TestProblemsJSON(t *testing.T) {
	var b bytes.Buffer
	if err := sampleProblems().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version  int
		Problems []struct {
			File, Severity, ID, Message, Hint string
			Line, Col                         int
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || len(got.Problems) != 2 || got.Problems[0].Severity != "error" || got.Problems[1].Severity != "warning" || got.Problems[0].Col != 3 {
		t.Errorf("got %+v", got)
	}
	b.Reset()
	Problems(nil).WriteJSON(&b)
	if !strings.Contains(b.String(), `"problems": []`) {
		t.Errorf("no problems are %s", b.String())
	}
}

func TestProblemsGitHub(t *testing.T) {
	var b bytes.Buffer
	if err := sampleProblems().WriteGitHub(&b); err != nil {
		t.Fatal(err)
	}
	want := "::error file=policy.yaml,line=2,col=3,title=type::50%25 wrong%0Ado this,%0Athen: that\n" +
		"::warning file=policy.yaml,title=approval-expired::old%0Arenew\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestProblemsSumUp(t *testing.T) {
	ps := sampleProblems()
	if got := ps.Summary(); got != "1 problem, 1 warning" {
		t.Errorf("summary %q", got)
	}
	if !ps.HasErrors() || ps[1:].HasErrors() || ps[1:].Err() != nil {
		t.Error("only the first is an error")
	}
	if got := append(ps, ps[0]).Err().Error(); got != "policy.yaml:2:3: 50% wrong (and 1 more)" {
		t.Errorf("as an error: %q", got)
	}
	if got := (Problems)(nil).Summary(); got != "" {
		t.Errorf("nothing sums up to %q", got)
	}
}

// TestSource shows what is wrong with files that are no text at all.
func TestSource(t *testing.T) {
	for _, c := range []struct {
		name string
		src  []byte
		want string
	}{
		{"Latin-1", []byte("apiVersion: redactor/v1\nowner: Jos\xe9\n"), "policy.yaml:2:1: the file is not UTF-8 text"},
		{"UTF-16", []byte("\xff\xfea\x00"), "policy.yaml:1:1: the file is not UTF-8 text"},
		{"large", bytes.Repeat([]byte("# x\n"), maxSource/4+1), "policy.yaml: the file has 4194308 bytes; a policy may have 4194304"},
	} {
		pol, problems := Parse("policy.yaml", c.src)
		if pol != nil || len(problems) != 1 || problems[0].Error() != c.want {
			t.Errorf("%s: %v", c.name, problems)
		}
	}
	if _, problems := Load("testdata/nowhere.yaml"); len(problems) != 1 || problems[0].Error() != "testdata/nowhere.yaml: cannot be read: no such file" {
		t.Errorf("no file: %v", problems)
	}
	if _, problems := Load("testdata"); len(problems) != 1 || problems[0].ID != idSource {
		t.Errorf("a folder: %v", problems)
	}
}

// TestManyProblems: a file can be wrong in a million ways; what is shown is
// bounded.
func TestManyProblems(t *testing.T) {
	src := "apiVersion: redactor/v1\nname: a\nnamespace: b\nprofiles: {}\nstreams: []\nfields:\n" + strings.Repeat("  - {x: y}\n", 5000)
	_, problems := Parse("policy.yaml", []byte(src))
	if len(problems) == 0 || len(problems) > maxProblems {
		t.Errorf("%d problems", len(problems))
	}
}
