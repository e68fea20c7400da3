package rules

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// WriteText writes the report for a person: what failed, each with its place,
// the record's shape and the difference, and one line that sums up.
func (r *TestReport) WriteText(w io.Writer, color bool) error {
	paint := func(style, s string) string {
		if !color {
			return s
		}
		return style + s + styleReset
	}
	var b strings.Builder
	for i := range r.Results {
		t := &r.Results[i]
		if len(t.Failures) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s %s\n", paint(styleError, "FAIL"), paint(styleBold, t.Name))
		fmt.Fprintf(&b, "  given %s\n", strings.ReplaceAll(t.Given, "\n", "\n        "))
		for _, f := range t.Failures {
			fmt.Fprintf(&b, "  %s: %s\n", f.Place, f.Message)
			for _, line := range f.Diff {
				fmt.Fprintf(&b, "      %s\n", paint(styleWarn, line))
			}
		}
	}
	fmt.Fprintf(&b, "%s: %s", r.File, plural(len(r.Results), "test"))
	if n := r.Failed(); n > 0 {
		fmt.Fprintf(&b, ", %s", paint(styleError, fmt.Sprintf("%d failed", n)))
	} else if len(r.Results) > 0 {
		b.WriteString(", all passed")
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteCoverage writes which parts of the policy no test touches.
func (r *TestReport) WriteCoverage(w io.Writer) error {
	var b strings.Builder
	touched, all := r.Coverage.Share()
	fmt.Fprintf(&b, "%s: tests touch %d of %d fields, profiles and transforms", r.File, touched, all)
	missing := r.Coverage.Missing()
	if len(missing) > 0 {
		b.WriteString("; none touches")
	}
	b.WriteByte('\n')
	for _, m := range missing {
		fmt.Fprintf(&b, "  %s: %s\n", m.Place, m.Name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// jsonResult is a TestResult as programs read it.
type jsonResult struct {
	Name     string        `json:"name"`
	Place    Place         `json:"place"`
	Passed   bool          `json:"passed"`
	Given    string        `json:"given"`
	Failures []jsonFailure `json:"failures,omitempty"`
}

type jsonFailure struct {
	Place   Place    `json:"place"`
	Profile string   `json:"profile"`
	Message string   `json:"message"`
	Diff    []string `json:"diff,omitempty"`
}

// WriteJSON writes the report, coverage included, as one JSON object with a
// version.
func (r *TestReport) WriteJSON(w io.Writer) error {
	results := make([]jsonResult, len(r.Results))
	for i, t := range r.Results {
		results[i] = jsonResult{Name: t.Name, Place: t.Place, Passed: len(t.Failures) == 0, Given: t.Given}
		for _, f := range t.Failures {
			results[i].Failures = append(results[i].Failures, jsonFailure(f))
		}
	}
	return writeIndented(w, struct {
		Version  int          `json:"version"`
		File     string       `json:"file"`
		Tests    int          `json:"tests"`
		Failed   int          `json:"failed"`
		Results  []jsonResult `json:"results"`
		Coverage *Coverage    `json:"coverage"`
	}{1, r.File, len(r.Results), r.Failed(), results, &r.Coverage})
}

// The elements of a JUnit report that CI systems agree on.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name     string         `xml:"name,attr"`
	Class    string         `xml:"classname,attr"`
	File     string         `xml:"file,attr"`
	Line     int            `xml:"line,attr"`
	Failures []junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML.
func (r *TestReport) WriteJUnit(w io.Writer) error {
	suite := junitSuite{Name: r.File, Tests: len(r.Results), Failures: r.Failed()}
	for _, t := range r.Results {
		c := junitCase{Name: t.Name, Class: r.File, File: t.Place.File, Line: t.Place.Line}
		for _, f := range t.Failures {
			text := f.Place.String() + ": " + f.Message + "\ngiven " + t.Given + "\n" + strings.Join(f.Diff, "\n")
			c.Failures = append(c.Failures, junitFailure{f.Message, text})
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// WriteGitHub writes the failures as workflow commands, which GitHub shows
// beside the lines of a pull request.
func (r *TestReport) WriteGitHub(w io.Writer) error {
	var b strings.Builder
	for _, t := range r.Results {
		for _, f := range t.Failures {
			msg := f.Message
			if len(f.Diff) > 0 {
				msg += "\n" + strings.Join(f.Diff, "\n")
			}
			b.WriteString(annotation("error", f.Place, t.Name, msg))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteCoverageGitHub writes what no test touches as warnings of GitHub's.
func (r *TestReport) WriteCoverageGitHub(w io.Writer) error {
	var b strings.Builder
	for _, m := range r.Coverage.Missing() {
		b.WriteString(annotation("warning", m.Place, "coverage", "no test touches "+m.Name))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
