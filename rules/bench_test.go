package rules

import (
	"fmt"
	"strings"
	"testing"
)

// largePolicy returns a policy with n entries of its own besides the built-in
// catalog, three recipients and a test.
func largePolicy(n int) []byte {
	var b strings.Builder
	b.WriteString("apiVersion: redactor/v1\nname: large\nnamespace: acme\nuse: [std/device, std/network, std/usage]\nfields:\n")
	classes := []string{"text", "category", "number", "text", "account"}
	for i := range n {
		switch {
		case i%10 == 0:
			fmt.Fprintf(&b, "  - {name: field-%d, level: L%d, paths: [\"$.section_%d.field_%d\"]}\n", i, 1+i%4, i%97, i)
		case i%100 == 1:
			fmt.Fprintf(&b, "  - {name: field-%d, level: L%d, is: %s, keys: [\"own_field_%d*\"]}\n", i, 1+i%4, classes[i%4], i)
		default:
			fmt.Fprintf(&b, "  - {name: field-%d, level: L%d, is: %s, keys: [own_field_%d_x, alias_%d]}\n", i, 1+i%4, classes[i%4], i, i)
		}
	}
	b.WriteString(`profiles:
  analytics: {internal: true, key: join-analytics, levels: {L1: keep, L2: keep, L4: pseudonym}}
  academic: {key: join-academic, levels: {L2: keep}}
  partner: {key: join-partner, levels: {L2: keep}, fields: {field-2: pseudonym}}
streams:
  - {from: "device.*", to: {analytics: "out.analytics.{topic}", academic: "out.academic.{topic}", partner: "out.partner.{topic}"}}
tests:
  - {name: one, topic: device.a, given: {own_field_2_x: x, own_field_7_x: "1"}, expect: {academic: {value: {}}}}
`)
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			src := largePolicy(n)
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, problems := parseAt("policy.yaml", src, testDay); problems.HasErrors() {
					b.Fatal(problems.Err())
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	pol, problems := parseAt("policy.yaml", largePolicy(10000), testDay)
	if problems.HasErrors() {
		b.Fatal(problems.Err())
	}
	for b.Loop() {
		if _, problems := pol.Compile(TestKeys); problems.HasErrors() {
			b.Fatal(problems.Err())
		}
	}
}
