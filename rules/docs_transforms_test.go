package rules

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// costs reads the ratios of a file of bench/results: of each case the smallest
// of its runs.
func costs(t *testing.T, file string) (names []string, ratio map[string]float64) {
	t.Helper()
	text, err := os.ReadFile("../bench/results/" + file)
	if err != nil {
		t.Fatal(err)
	}
	ratio = map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(line, "\t")
		name, ok2 := strings.CutPrefix(strings.TrimSpace(name), "BenchmarkCost/")
		before, _, ok3 := strings.Cut(rest, " blocks")
		if !ok || !ok2 || !ok3 {
			continue
		}
		if i := strings.LastIndexByte(name, '-'); i > 0 { // GOMAXPROCS
			name = name[:i]
		}
		name = strings.ReplaceAll(name, "_", " ")
		fields := strings.Fields(before)
		x, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			t.Fatal(line)
		}
		if old, seen := ratio[name]; !seen {
			names, ratio[name] = append(names, name), x
		} else {
			ratio[name] = math.Min(old, x)
		}
	}
	return names, ratio
}

// bars are what issue and design ask of a primitive, in AES blocks.
var bars = map[string]float64{
	"primitive FF1": 60, "primitive HMAC-SHA-256": 20, "primitive AES-CMAC": 4, "primitive hex": 2, "primitive base32": 2,
	"primitive ipcrypt-pfx": 8, "primitive Crypto-PAn": 8, "primitive ipcrypt-pfx" + portable: 80, "primitive Crypto-PAn" + portable: 80,
}

// portable marks what was measured without AVX-512 and VAES.
const portable = ", portable"

// TestDocsTransforms writes the costs, and holds them to the bars.
func TestDocsTransforms(t *testing.T) {
	names, ratio := costs(t, "transform-costs.txt")
	slow, slowRatio := costs(t, "transform-costs-portable.txt")
	for _, name := range slow {
		if at := slices.Index(names, name); at >= 0 {
			names = slices.Insert(names, at+1, name+portable)
			ratio[name+portable] = slowRatio[name]
		}
	}
	var rows [][]string
	for _, name := range names {
		bar := dash
		if b, ok := bars[name]; ok {
			if ratio[name] > b {
				t.Errorf("%s costs %.1f blocks, more than %.0f", name, ratio[name], b)
			}
			bar = "≤ " + strconv.FormatFloat(b, 'f', -1, 64)
		}
		rows = append(rows, []string{strings.TrimPrefix(name, "primitive "), strconv.FormatFloat(ratio[name], 'f', 1, 64), bar})
	}
	for name := range bars {
		if _, ok := ratio[name]; !ok {
			t.Errorf("%s was not measured", name)
		}
	}
	for _, k := range kinds {
		switch k.name {
		case "keep", "drop", "null", "json", "form", "cookie": // no call; that of what is in the string
			continue
		}
		if _, ok := ratio[strings.ReplaceAll(k.name, "_", " ")]; !ok {
			t.Errorf("the cost of %s was not measured", k.name)
		}
	}
	readDocument(t, "../docs/transforms.md").part(t, "costs", table([]string{"transform, or primitive", "AES blocks", "asked"}, rows))
}

// TestRecommended: every transform that the page recommends is one that validate
// takes for such a field and recipient.
func TestRecommended(t *testing.T) {
	page := readDocument(t, "../docs/transforms.md").text
	_, rest, ok := strings.Cut(page, "| identifier | is | inside |")
	if !ok {
		t.Fatal("there is no table")
	}
	checked := 0
	for line := range strings.Lines(rest) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 8 {
			if checked > 0 {
				break
			}
			continue
		}
		for i, profile := range []string{"internal: true, ", "", ""} {
			rule := strings.Trim(cells[2+i], "`")
			src := fmt.Sprintf(`
apiVersion: redactor/v1
name: a
namespace: b
fields: [{name: f, level: L3, is: %s, keys: [f]%s}]
profiles: {p: {%skey: k, record: {time: day}, fields: {f: %s}}}
streams: [{from: x, to: {p: y}}]
`, cells[1], map[bool]string{true: ", crs: wgs84"}[cells[1] == "location"], profile, rule)
			if _, problems := parseAt("policy.yaml", []byte(src), testDay); problems.HasErrors() {
				t.Errorf("%s, %s: %v", cells[0], rule, problems.Err())
			}
			checked++
		}
	}
	if checked < 50 {
		t.Errorf("only %d transforms in the table", checked)
	}
}
