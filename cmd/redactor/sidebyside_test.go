package main

import (
	"fmt"
	"strings"
	"testing"
)

const (
	rawExample       = `{"imei":"356938035643809","net":{"ip":"203.0.113.77","type":"wifi"},"trip":[{"lat":48.85837},{"lat":48.9}],"city":"北京市海淀区中关村大街","battery":81}`
	analyticsExample = `{"imei":"test_0123456789abcdefghij","net":{"ip":"203.0.113.0","type":"wifi"},"trip":[{"lat":48.9},{"lat":48.9}],"city":"北京市海淀区中关村大街","battery":81}`
	academicExample  = `{"net":{"type":"wifi"},"battery":81}`
)

func views() []column {
	return []column{{"analytics", []byte(analyticsExample), ""}, {"academic", []byte(academicExample), ""}, {"partner", nil, "not sent: filtered"}}
}

func TestSideBySide(t *testing.T) {
	var b strings.Builder
	if err := (sideBySide{width: 80, rows: 20}).write(&b, "device.logs", []byte(rawExample), views()); err != nil {
		t.Fatal(err)
	}
	want := `device.logs
field        before           analytics        academic         partner
imei         356938035643809  test_012345678…  -
net.ip       203.0.113.77     203.0.113.0      -
net.type     wifi             wifi             wifi
trip[0].lat  48.85837         48.9             -
trip[1].lat  48.9             48.9             -
city         北京市海淀区中…  北京市海淀区中…  -
battery      81               81               81
partner: not sent: filtered

`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSideBySideWidths: no line is wider than asked for, from the narrowest
// terminal that is served to the widest.
func TestSideBySideWidths(t *testing.T) {
	for width := 60; width <= 200; width += 7 {
		var b strings.Builder
		if err := (sideBySide{width: width, rows: 3}).write(&b, "t", []byte(rawExample), views()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := textWidth(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("width %d: a line of %d: %s", width, n, line)
			}
		}
		if !strings.Contains(b.String(), "… and 4 more values") {
			t.Errorf("width %d: no word of what is left out:\n%s", width, b.String())
		}
	}
}

// TestSideBySideChooses: what changed is shown first; some places are for what
// was dropped and kept; and a recipient that got nothing has no say.
func TestSideBySideChooses(t *testing.T) {
	var raw, out []string
	for i := range 30 {
		raw = append(raw, fmt.Sprintf(`"kept%02d":1,"gone%02d":1,"new%02d":1`, i, i, i))
		out = append(out, fmt.Sprintf(`"kept%02d":1,"new%02d":2`, i, i))
	}
	record := func(members []string) []byte { return []byte("{" + strings.Join(members, ",") + "}") }
	var b strings.Builder
	views := []column{{"p", record(out), ""}, {"q", nil, "not sent"}}
	if err := (sideBySide{width: 80, rows: 14}).write(&b, "t", record(raw), views); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"\nnew": 10, "\nkept": 2, "\ngone": 2} {
		if got := strings.Count(b.String(), word); got != want {
			t.Errorf("%q: %d rows, want %d\n%s", word, got, want, b.String())
		}
	}
}

func TestSideBySideColor(t *testing.T) {
	var b strings.Builder
	if err := (sideBySide{width: 80, rows: 9, color: true}).write(&b, "t", []byte(rawExample), views()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), styleNew+"203.0.113.0") || strings.Contains(b.String(), styleNew+"wifi") {
		t.Errorf("changed values, and only those, are colored:\n%s", b.String())
	}
}

func TestLeavesQuotesNothing(t *testing.T) {
	_, err := leaves([]byte(`{"imei":"356938035643809",oops`))
	if err == nil || strings.Contains(err.Error(), "oops") || strings.Contains(err.Error(), "3569") {
		t.Errorf("error %v", err)
	}
}
