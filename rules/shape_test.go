package rules

import (
	"strings"
	"testing"
)

// TestShowName: what is a name shows, what is somebody's does not, whatever
// digits it is written in and however few it has.
func TestShowName(t *testing.T) {
	for _, name := range []string{"imei", "wifiMac", "sha256", "x-request-id", "用户名", "$ref", "utm_source", "deviceInfo.os_version", "b2c_24"} {
		if showName(name) != name {
			t.Errorf("%s shows as %s", name, showName(name))
		}
	}
	for _, name := range []string{
		"", "356938035643809", "３５６９３８０３５６４３８０９", "٣٥٦٩٣٨٠٣٥٦٤٣٨٠٩", "⑬⑧⓪⓪①", "aa:bb:cc:de:ff:01", "aabb.ccdd.eef1", "li.lei@example.com",
		"li.lei＠example.com", "fe80::a:b:c:d", "10.1.1.1", strings.Repeat("x", 49), "a\nb", "\xff",
	} {
		if showName(name) == name {
			t.Errorf("%q shows", name)
		}
	}
}
