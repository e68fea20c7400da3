package main

import (
	"log"
	"strings"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
)

// mapping is Redpanda Connect's language doing what its documentation shows:
// one replacement after another. It counts marks.
func mapping() variant {
	m := "root = this"
	for _, p := range patterns {
		m += ".re_replace_all(r" + `"""` + p + `"""` + `, "[x]")`
	}
	m = strings.ReplaceAll(m, `r"""`, `"""`)
	exec, err := bloblang.Parse(m)
	if err != nil {
		log.Fatal(err)
	}
	return variant{"Redpanda Connect, ten patterns", 20, func(t *text, from, step int) int {
		n := 0
		for i := from; i < len(t.lines); i += step {
			out, err := exec.Query(string(t.lines[i]))
			if err != nil {
				log.Fatal(err)
			}
			n += strings.Count(out.(string), "[x]")
		}
		return n
	}}
}
