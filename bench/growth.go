package bench

import (
	"bytes"
	"fmt"
	"strings"

	"redactor/redact"
)

// A Series is work that grows in one respect. What it costs must grow no
// faster.
type Series struct {
	Name   string
	Unit   string // of Point.N
	Points []Point
}

// A Point is the work at one size.
type Point struct {
	N       int
	Record  []byte
	Program *redact.Program

	// Share is what the cost is divided by, so that it is the same along the
	// series when the cost grows as the work does.
	Share float64
}

// Growth returns the series up to records of so many bytes and catalogs of so
// many fields.
func Growth(mostBytes, mostFields int) []Series {
	all := []Series{growingRecord(mostBytes), growingEdits(), growingRecipients(), growingCatalog(mostFields), growingPatterns(mostFields / 10)}
	return append(all, worst(mostBytes)...)
}

func growingRecord(most int) Series {
	s := Series{Name: "record size, usage events in an array", Unit: "bytes"}
	events := Nested().Records
	p := AnyDepth()
	shortest := []byte(`{"event":"click","imei":"356938035643809","lat":1}`) // 50 bytes
	s.Points = append(s.Points, perByte(shortest, p))
	for n := 1 << 10; n <= most; n *= 4 {
		var b bytes.Buffer
		b.WriteString(`{"events":[`)
		for i := 0; b.Len() < n; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(events[i%len(events)])
		}
		b.WriteString("]}")
		s.Points = append(s.Points, perByte(b.Bytes(), p))
	}
	return s
}

func perByte(record []byte, p *redact.Program) Point {
	return Point{N: len(record), Record: record, Program: p, Share: float64(len(record))}
}

// growingEdits has more and more fields replaced by rules of their own, in a
// record of nothing else.
func growingEdits() Series {
	s := Series{Name: "fields replaced", Unit: "fields"}
	for n := 4; n <= 1024; n *= 4 {
		spec := redact.Spec{Profiles: []redact.Profile{{Name: "internal", Unknown: redact.UnknownKeep}}}
		var members []string
		for i := range n {
			add(&spec, redact.Field{Name: fmt.Sprint(i), Level: 4, Paths: []string{fmt.Sprintf("$.field_%04d", i)}}, redact.Replace(Mask))
			members = append(members, fmt.Sprintf(`"field_%04d":"value %04d"`, i, i))
		}
		s.Points = append(s.Points, Point{n, []byte("{" + strings.Join(members, ",") + "}"), compile(spec), float64(n)})
	}
	return s
}

func growingRecipients() Series {
	s := Series{Name: "recipients of one scan", Unit: "recipients"}
	for n := 1; n <= 64; n *= 2 {
		s.Points = append(s.Points, Point{n, Nested().Records[0], Catalog(n), float64(n)})
	}
	return s
}

// growingCatalog has fields that the record does not have: its cost is to be
// the same.
func growingCatalog(most int) Series {
	s := Series{Name: "catalog, names", Unit: "fields"}
	for n := 10; n <= most; n *= 10 {
		s.Points = append(s.Points, Point{n, Nested().Records[0], withNames(n, "extra_field_%d"), 1})
	}
	return s
}

// growingPatterns is growingCatalog with a wildcard in every name.
func growingPatterns(most int) Series {
	s := Series{Name: "catalog, wildcards", Unit: "fields"}
	for n := 10; n <= most; n *= 10 {
		s.Points = append(s.Points, Point{n, Nested().Records[0], withNames(n, "*extra_%d*"), 1})
	}
	return s
}

func withNames(n int, format string) *redact.Program {
	spec := redact.Spec{Profiles: []redact.Profile{{Name: "internal", Unknown: redact.UnknownKeep}}}
	for i := range n {
		name := fmt.Sprintf(format, i)
		if i < 8 {
			name = anyDepth[i]
		}
		add(&spec, redact.Field{Name: name, Level: 4, Keys: []string{name}}, redact.Replace(Mask))
	}
	return compile(spec)
}

// worst returns series of records that are as bad as JSON gets: what costs
// most per byte, what never repeats, what makes scratch grow.
func worst(most int) []Series {
	p := AnyDepth()
	var all []Series
	grow := func(name string, least int, record func(n int) []byte) {
		s := Series{Name: name, Unit: "bytes"}
		for n := least; n <= most; n *= 16 {
			s.Points = append(s.Points, perByte(record(n), p))
		}
		all = append(all, s)
	}
	repeat := func(open, unit, closing string) func(int) []byte {
		return func(n int) []byte { return []byte(open + strings.Repeat(unit, n/len(unit)) + closing) }
	}
	list := func(open, closing string, unit func(i int) string) func(int) []byte {
		return func(n int) []byte {
			var b bytes.Buffer
			b.WriteString(open)
			for i := 0; b.Len() < n; i++ {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(unit(i))
			}
			b.WriteString(closing)
			return b.Bytes()
		}
	}
	grow("one string", 1<<10, repeat(`{"s":"`, "x", `","imei":"1"}`))
	grow("one string that is replaced", 1<<10, repeat(`{"imei":"`, "x", `"}`))
	grow("all escapes", 1<<10, repeat(`{"s":"`, `\"\\\u0041\n`, `","imei":"\u0041"}`))
	grow("names that never repeat", 1<<10, list("{", "}", func(i int) string { return fmt.Sprintf(`"name_%d":%d`, i, i) }))
	grow("names with escapes", 1<<10, list("{", "}", func(i int) string { return fmt.Sprintf(`"\u006eame_%d":1`, i) }))
	grow("numbers of one digit", 1<<10, list("[", "]", func(int) string { return "1" }))
	grow("nested to the limit", 1<<10, list("[", "]", func(int) string { return strings.Repeat("[", 511) + strings.Repeat("]", 511) }))
	grow("white space after : and ,", 1<<10, list("{", "}", func(int) string { return ` "imei": "1", "n": 2.5e3` }))
	grow("white space alone", 1<<10, repeat(`{"imei":`, " \n\t\r", `1}`))
	return all
}
