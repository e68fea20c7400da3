package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// Lines are lines of a log, of which one in twenty, or every one, has
// identifiers: at least size bytes of them, line ends included.
func Lines(seed uint64, size int, many bool) [][]byte {
	r := rand.New(rand.NewPCG(seed, 1))
	var all [][]byte
	for n := 0; n < size; {
		var b bytes.Buffer
		fmt.Fprintf(&b, "2026-11-%02dT%02d:%02d:%02d.%03dZ %s [worker-%d] ", 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000),
			[]string{"INFO", "WARN", "ERROR", "DEBUG"}[r.IntN(4)], r.IntN(16))
		if many || r.IntN(20) == 0 {
			writePersonal(&b, r)
		} else {
			writePlain(&b, r)
		}
		all = append(all, b.Bytes())
		n += b.Len() + 1
	}
	return all
}

// TextFew and TextMany are device logs whose one long field is such a line.
func TextFew() *Set  { return textSet("text-few", false) }
func TextMany() *Set { return textSet("text-many", true) }

func textSet(name string, many bool) *Set {
	var records [][]byte
	for _, line := range Lines(1, 256<<10, many) {
		text, err := json.Marshal(string(line))
		if err != nil {
			panic("bench: internal error: " + err.Error())
		}
		records = append(records, fmt.Appendf(nil, `{"event":"log","seq":%d,"log":%s,"level":3}`, len(records), text))
		if len(records) == setSize {
			break
		}
	}
	return NewSet(name, records)
}

func writePlain(b *bytes.Buffer, r *rand.Rand) {
	switch r.IntN(8) {
	case 0:
		fmt.Fprintf(b, "com.android.server.am.ActivityManagerService: Killing %d:com.example.app/u0a%d (adj %d): empty for %d s", r.IntN(30000), r.IntN(300), r.IntN(1000), r.IntN(9000))
	case 1:
		fmt.Fprintf(b, "GET /api/v%d/config?channel=stable&fields=ads,push status=200 took %dms size=%d", r.IntN(4), r.IntN(900), r.IntN(100000))
	case 2:
		b.WriteString("java.lang.NullPointerException: Attempt to invoke virtual method 'int java.util.List.size()' on a null object reference")
	case 3:
		fmt.Fprintf(b, "    at com.foo.Bar.baz(Bar.java:%d) ~[app-release.jar:%d.%d]", r.IntN(500), r.IntN(9), r.IntN(99))
	case 4:
		fmt.Fprintf(b, "gc pause=%d.%03dms heap=%dMB free=%dMB cycles=%d", r.IntN(50), r.IntN(1000), r.IntN(512), r.IntN(512), r.IntN(10000))
	case 5:
		b.WriteString("用户打开了设置页面，网络状态良好，电量充足，准备上传日志")
	case 6:
		fmt.Fprintf(b, "wifi scan finished: %d networks, best rssi -%d, band 5GHz, retry=%v", r.IntN(30), r.IntN(90), r.IntN(2) == 0)
	case 7:
		fmt.Fprintf(b, "flush segment %08d.log bytes=%d crc=%08x", r.IntN(1e8), r.IntN(1e8), r.Uint32())
	}
}

func writePersonal(b *bytes.Buffer, r *rand.Rand) {
	switch r.IntN(8) {
	case 0:
		fmt.Fprintf(b, "register device imei=%s mac=%s from %s", imei(r), mac(r), ipv4(r))
	case 1:
		fmt.Fprintf(b, "GET /u?phone=%s&email=li.lei%d@mail.example.com status=200 client=%s", phone(r), r.IntN(1000), ipv4(r))
	case 2:
		fmt.Fprintf(b, "session %s opened by [%s]:%d", uuid(r), ipv6(r), r.IntN(65536))
	case 3:
		fmt.Fprintf(b, "fix lat=%.6f,lon=%.6f acc=%d", 18+r.Float64()*30, 75+r.Float64()*58, r.IntN(50))
	case 4:
		fmt.Fprintf(b, "实名认证 idcard=%s 手机 %s", idCard(r), phone(r))
	case 5:
		fmt.Fprintf(b, "bind card %s ok for user %s", luhn("62", r, 16), phone(r))
	case 6:
		fmt.Fprintf(b, "bind failed: device %s not registered (host %s)", imei(r), ipv4(r))
	case 7:
		fmt.Fprintf(b, "assoc bssid %s ip %s uuid %s", mac(r), ipv4(r), uuid(r))
	}
}

func digits(r *rand.Rand, n int) string { return random(r, "0123456789", n) }
func hex(r *rand.Rand, n int) string    { return random(r, "0123456789abcdef", n) }

func random(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func imei(r *rand.Rand) string  { return luhn("86", r, 12) }
func phone(r *rand.Rand) string { return "138" + digits(r, 8) }
func mac(r *rand.Rand) string   { return "00:00:5e:00:53:" + hex(r, 2) }
func ipv4(r *rand.Rand) string  { return fmt.Sprintf("198.18.%d.%d", r.IntN(256), 1+r.IntN(254)) }
func uuid(r *rand.Rand) string {
	return hex(r, 8) + "-" + hex(r, 4) + "-4" + hex(r, 3) + "-a" + hex(r, 3) + "-" + hex(r, 12)
}

func ipv6(r *rand.Rand) string {
	return fmt.Sprintf("2001:db8:%x:%x::%x", r.IntN(1<<16), r.IntN(1<<16), 1+r.IntN(1<<15))
}

// luhn appends n digits and the check digit of ISO/IEC 7812-1.
func luhn(head string, r *rand.Rand, n int) string {
	v := head + digits(r, n)
	sum := 0
	for i := range v {
		d := int(v[len(v)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return v + string(rune('0'+(10-sum%10)%10))
}

// idCard has the check character of GB 11643.
func idCard(r *rand.Rand) string {
	v := fmt.Sprintf("310115%04d%02d%02d%s", 1950+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28), digits(r, 3))
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(v[i]-'0')
	}
	return v + "10X98765432"[sum%11:sum%11+1]
}
