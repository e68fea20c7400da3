package redact

import (
	"strings"
	"testing"
)

// maskValues are 256 values of each kind that is masked a lot. A value that
// stands alone in a benchmark teaches the processor its separators; these come
// one after the other as they do in logs.
func maskValues() map[string][][]byte {
	c := newCorpus(3)
	kinds := map[string]func() string{
		"imei":  c.imei,
		"mac":   c.mac,
		"ip":    c.ip,
		"uuid":  c.uuid,
		"phone": func() string { return "+86 1" + c.digits(2) + "-" + c.digits(4) + "-" + c.digits(4) },
		"email": func() string {
			return c.one("li.lei", "alice", "j_smith", "w.zhang+news") + c.digits(2) + "@" + c.one("example.com", "mail.example.org")
		},
		"name": func() string {
			return c.one("Alice", "Bob", "Jean-Luc", "Maria del Mar") + " " + c.one("Smith", "Garcia Lopez", "O'Brien", "Li")
		},
		"han": func() string { return c.one("张三丰", "欧阳娜娜", "李雷", "韩梅梅") },
		"text": func() string {
			return "call " + c.one("Alice", "Bob") + " on +86 1" + c.digits(10) + ", order " + c.digits(6) + " of " + c.uuid() + " to " + c.ip() + " by noon"
		},
	}
	values := map[string][][]byte{}
	mixed := []string{"imei", "mac", "ip", "phone", "email", "name"}
	for _, kind := range []string{"imei", "mac", "ip", "uuid", "phone", "email", "name", "han", "text"} {
		for range 256 {
			values[kind] = append(values[kind], []byte(kinds[kind]()))
		}
	}
	for i := range 256 {
		values["mixed"] = append(values["mixed"], values[c.one(mixed...)][i])
	}
	return values
}

// BenchmarkMask is one call of the transform, without what Render does around
// it: that is BenchmarkEngine's mask. "first" and "last" keep three and two.
func BenchmarkMask(b *testing.B) {
	all := maskValues()
	for _, c := range []struct{ name, kind string }{
		{"all", "imei"}, {"all", "mac"}, {"all", "ip"}, {"all", "uuid"}, {"all", "phone"}, {"all", "email"}, {"all", "name"}, {"all", "han"}, {"all", "text"}, {"all", "mixed"},
		{"last", "imei"}, {"last", "mac"}, {"last", "phone"}, {"last", "mixed"}, {"first-last", "imei"}, {"first-last", "phone"}, {"first-last", "text"}, {"first-last", "mixed"},
	} {
		b.Run(c.kind+"/"+c.name, func(b *testing.B) {
			o := MaskOptions{}
			if strings.Contains(c.name, "first") {
				o.KeepFirst = 3
			}
			if strings.Contains(c.name, "last") {
				o.KeepLast = 2
			}
			fn, buf, values := must(b)(Mask(o)).fn, make([]byte, 0, 256), all[c.kind]
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				fn.apply(nil, buf, values[i%len(values)], KindString)
			}
		})
	}
}
