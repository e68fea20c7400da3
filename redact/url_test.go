package redact

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	for _, c := range []struct{ v, path, host string }{
		{"https://u:p@shop.example.com:8443/users/alice/orders/10023?q=x#y", "https://shop.example.com/users/{id}/orders/{id}", "https://shop.example.com"},
		{"HTTPS://Shop.Example.COM", "https://shop.example.com", "https://shop.example.com"},
		{"https://example.com?token=1", "https://example.com", "https://example.com"},
		{"https://example.com#alice", "https://example.com", "https://example.com"},
		{"//cdn2.example.com/a.js", "//cdn2.example.com/a.js", "//cdn2.example.com"},
		{"/api/v2/items/4f3a9c1d?x=1", "/api/v2/items/{id}", ""},
		{"/", "/", ""},
		{"/a//b/", "/a//b/", ""},
		{"/v2024/order-items.json", "/{id}/order-items.json", ""},
		{"/invite/abcdef", "/invite/{id}", ""},
		{"/deadbeef/facade", "/{id}/facade", ""},
		{"/eyJhbGciOiJIUzI", "/{id}", ""},
		{"/getUserInfoById/README/iPhone", "/getUserInfoById/README/iPhone", ""},
		{"/abcdefghijklmnopqrstuvwxyz", "/{id}", ""},
		{"/%61lice/张三/a;b=c/alice@x", "/{id}/{id}/{id}/{id}", ""},
		{"/../a/./b", "/{id}/a/{id}/b", ""},
		{"http://203.0.113.77:80/a", "http://{ip}/a", "http://{ip}"},
		{"http://3405803853/a", "http://{ip}/a", "http://{ip}"},
		{"http://0xcb00714d/a", "http://{ip}/a", "http://{ip}"},
		{"http://[2001:db8::1]/a", "http://{ip}/a", "http://{ip}"},
		{"http://user13800138000.blog.example.com./x", "http://{id}.blog.example.com/x", "http://{id}.blog.example.com"},
		{"http://xn--fiqs8s.example/", "http://xn--fiqs8s.example/", "http://xn--fiqs8s.example"},
		{"myapp://open/item/17", "myapp://open/item/{id}", "myapp://open"},
		{"http://a@b@c.example/", "http://c.example/", "http://c.example"},
		{" http://c.example/ ", "http://c.example/", "http://c.example"},
		{"file:///var/alice/x", "", ""}, {"FILE://h/x", "", ""}, {"mailto:alice@example.com", "", ""}, {"tel:+8613800138000", "", ""},
		{"http:/x", "", ""}, {"http://", "", ""}, {"http://@/x", "", ""}, {"http://:80/", "", ""}, {"http://a b/", "", ""}, {"http://a\\b/", "", ""},
		{"example.com/a", "", ""}, {"alice", "", ""}, {"", "", ""}, {"://x", "", ""}, {"http://a%62c.com/", "", ""}, {"http://a..b/", "http://a.{id}.b/", "http://a.{id}.b"},
	} {
		for part, want := range map[URLPart]string{URLPath: c.path, URLHost: c.host} {
			d := text(want)
			if want == "" {
				d = unfit
			}
			if got := run(t, URL(part), c.v, KindString); got != d {
				t.Errorf("%v of %q: %v, want %v", URL(part), c.v, got, d)
			}
		}
	}
	if got := run(t, URL(URLPath), "17", KindNumber); got != unfit {
		t.Error("a number:", got)
	}
}

// FuzzURL: what comes out has no query, fragment, user information or port, no
// row of digits, and is its own template.
func FuzzURL(f *testing.F) {
	for _, v := range []string{"https://u:p@example.com:1/a/1?b#c", "/a/b", "//x.y/z", "http://[::1]/", "a://b/v1/%20", "https://x.y/\u00fc"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		got := run(t, URL(URLPath), v, KindString)
		if got == unfit {
			return
		}
		if strings.ContainsAny(got.out, "?#@%;= \\") || bytes.ContainsFunc([]byte(got.out), func(r rune) bool { return r < ' ' }) {
			t.Fatalf("%q: %v", v, got)
		}
		digits := 0
		for i := range len(got.out) {
			if digits++; !isDigit(got.out[i]) {
				digits = 0
			}
			if digits > 4 {
				t.Fatalf("%q: %v", v, got)
			}
		}
		plainly := strings.NewReplacer("{id}", "x", "{ip}", "h").Replace(got.out)
		if u, err := url.Parse(plainly); err != nil || u.User != nil || u.Port() != "" || u.RawQuery != "" {
			t.Fatalf("%q: %v: %v", v, got, err)
		}
		if again := run(t, URL(URLPath), plainly, KindString); again == unfit {
			t.Fatalf("%q: %v, and that is no URL", v, got)
		}
	})
}
