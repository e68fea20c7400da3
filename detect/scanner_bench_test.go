package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// benchSet is the ten detectors of the comparison, and benchPatterns what they
// are in regular expressions: less than the detectors do, there are neither
// check digits nor labels.
var benchSet = SetOf(DetectIMEI, DetectMAC, DetectIPv4, DetectIPv6, DetectEmail, DetectPhone, DetectCoordinates, DetectIDCard, DetectBankCard, DetectUUID)

var benchPatterns = []string{
	`\b\d{15}\b`,
	`\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b`,
	`\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b`,
	`(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,6}:(?:[0-9a-fA-F]{1,4}:){0,5}[0-9a-fA-F]{1,4}`,
	`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
	`\b(?:86)?1[3-9]\d{9}\b`,
	`-?\b\d{1,3}\.\d{4,}\b`,
	`\b\d{17}[0-9Xx]\b`,
	`\b\d{16,19}\b`,
	`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`,
}

// benchLines are lines of a log, of which one in twenty, or every one, has identifiers.
func benchLines(seed uint64, size int, many bool) [][]byte {
	r := rand.New(rand.NewPCG(seed, 1))
	var lines [][]byte
	for n := 0; n < size; {
		var b bytes.Buffer
		fmt.Fprintf(&b, "2026-11-%02dT%02d:%02d:%02d.%03dZ %s [worker-%d] ", 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000),
			[]string{"INFO", "WARN", "ERROR", "DEBUG"}[r.IntN(4)], r.IntN(16))
		if many || r.IntN(20) == 0 {
			writePersonal(&b, r)
		} else {
			writePlain(&b, r)
		}
		lines = append(lines, b.Bytes())
		n += b.Len() + 1
	}
	return lines
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
	v := func(d Detector) string { return plant(r, d) }
	switch r.IntN(8) {
	case 0:
		fmt.Fprintf(b, "register device imei=%s mac=%s from %s", v(DetectIMEI), v(DetectMAC), v(DetectIPv4))
	case 1:
		fmt.Fprintf(b, "GET /u?phone=%s&email=%s status=200 client=%s", v(DetectPhone), v(DetectEmail), v(DetectIPv4))
	case 2:
		fmt.Fprintf(b, "session %s opened by [%s]:%d", v(DetectUUID), v(DetectIPv6), r.IntN(65536))
	case 3:
		fmt.Fprintf(b, "fix lat=%.6f,lon=%.6f acc=%d", 18+r.Float64()*30, 75+r.Float64()*58, r.IntN(50))
	case 4:
		fmt.Fprintf(b, "实名认证 idcard=%s 手机 %s", v(DetectIDCard), v(DetectPhone))
	case 5:
		fmt.Fprintf(b, "bind card %s ok for user %s", v(DetectBankCard), v(DetectPhone))
	case 6:
		fmt.Fprintf(b, "bind failed: device %s not registered (host %s)", v(DetectIMEI), v(DetectIPv4))
	case 7:
		fmt.Fprintf(b, "assoc bssid %s ip %s uuid %s", v(DetectMAC), v(DetectIPv4), v(DetectUUID))
	}
}

// BenchmarkFind: one call a line.
func BenchmarkFind(b *testing.B) {
	for _, kind := range []string{"few", "many"} {
		lines := benchLines(1, 1<<20, kind == "many")
		size := len(bytes.Join(lines, []byte("\n")))
		each := func(name string, f func(line []byte)) {
			b.Run(kind+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(size / len(lines)))
				for i := 0; b.Loop(); i++ {
					f(lines[i%len(lines)])
				}
			})
		}
		var spans []Span
		ten := newScanner(b, benchSet)
		each("ten", func(line []byte) { spans = ten.Find(spans[:0], line) })
		all := newScanner(b, AllDetectors)
		each("all", func(line []byte) { spans = all.Find(spans[:0], line) })
		if testing.Short() {
			continue
		}
		var patterns []*regexp.Regexp
		for _, p := range benchPatterns {
			patterns = append(patterns, regexp.MustCompile(p))
		}
		each("regexp of each", func(line []byte) {
			for _, re := range patterns {
				re.FindAllIndex(line, -1)
			}
		})
		one := regexp.MustCompile("(?:" + strings.Join(benchPatterns, ")|(?:") + ")")
		each("regexp of all", func(line []byte) { one.FindAllIndex(line, -1) })
	}
}
