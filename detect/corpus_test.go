package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The labelled corpus: made-up lines of logs with one identifier each, and where
// it stands. What is varied is all that a detector must not depend on: the
// language of the words around it, what it is glued to, how it is grouped, how
// it is escaped, whether it has a label.

// sample is a text and the identifier in it.
type sample struct {
	text       string
	start, end int
	variant    string // how it was written, for the table of misses
}

// needsLabel are the detectors that by design find nothing without one.
var needsLabel = SetOf(DetectIMEISV, DetectIMSI, DetectMEID, DetectAndroidID, DetectAddress, DetectName)

// labelsOf are labels in English, Chinese and Spanish.
var labelsOf = [numDetectors][]string{
	DetectIMEI: {"imei", "IMEI", "设备号", "deviceImei"}, DetectIMEISV: {"imeisv", "IMEI"}, DetectIMSI: {"imsi", "IMSI", "suscriptor", "用户识别码"},
	DetectICCID: {"iccid", "ICCID", "sim卡"}, DetectMEID: {"meid", "MEID"}, DetectMAC: {"mac", "bssid", "wifi_mac", "物理地址"}, DetectIPv4: {"ip", "client_ip", "dirección", "来源"},
	DetectIPv6: {"ip", "client_ip", "来源"}, DetectPhone: {"phone", "mobile", "手机", "teléfono"}, DetectEmail: {"email", "邮箱", "correo"}, DetectIDCard: {"idcard", "身份证", "id_no"},
	DetectBankCard: {"card", "银行卡", "tarjeta"}, DetectIBAN: {"iban", "account"}, DetectSSN: {"ssn", "SSN"}, DetectUUID: {"idfa", "gaid", "广告标识"}, DetectAndroidID: {"android_id", "androidId", "dispositivo"},
	DetectCoordinates: {"loc", "gps", "位置", "ubicación"}, DetectJWT: {"jwt", "session"}, DetectAPIKey: {"auth", "credential"}, DetectPrivateKey: {"pem"}, DetectCredentials: {"url", "dsn"},
	DetectAddress: {"地址", "address", "dirección"}, DetectName: {"姓名", "full name", "nombre"},
}

// sentences are the lines around a value, without a label.
var sentences = [][2]string{
	{"register failed for ", " after 3 retries"}, {"user ", " opened settings"}, {"bind (", ") ok"}, {"\"", "\""}, {"[", "]"}, {"", ""}, {"用户", "打开了设置"}, {"设备 ", "，重试"}, {"结果：", "。"},
	{"el usuario ", " abrió la sesión"}, {"x=", ";y=2"}, {"/p/", "?q=1"}, {"<v>", "</v>"}, {"'", "', 7"}, {"2026-11-21T23:51:52.123Z INFO [w-3] ", "\tdone"}, {"took 12ms for ", "."}, {"→", "←"}, {"#", "#"}, {"@ ", " !"}, {"{", "}"},
	{"id-", "-end"}, {"2026-11-21 ", " 31ms"}, {"seq 7 ", " 12"}, {"no.", ". Next"}, {"1,", ",2"}, {"[7] ", " (3)"}, {"5/", "/6"}, {"T12:30 ", "\t4"}, {"a|", "|b"}, {"\\n", "\\n"}, {"&", "&n=1"}, {"k:v,", ",k:v"},
	{"\ufeff", "\u200b"}, {"é ", " ñ"}, {"…", "…"}, {"100% ", " 100%"},
}

// glued are words without a space between: of letters, with a low line, of Chinese characters.
var glued = [][2]string{{"imei", ""}, {"号", "号"}, {"_", "_"}, {"user", ""}, {"", "号"}, {"设备", "已注册"}, {"log_", ".txt"}, {"TEL", ""}}

// gluable are the detectors whose finds may touch a word.
var gluable = SetOf(DetectIMEI, DetectPhone, DetectIDCard, DetectBankCard, DetectUUID, DetectMAC)

// separators of a label and its value.
var separators = []string{"=", ": ", ":", "：", " ", "\":\"", " = ", "=\""}

// newSample writes a made-up identifier into a line.
func newSample(r *rand.Rand, d Detector, labelled bool) sample {
	value, variant := respell(r, d, plant(r, d))
	var before, after string
	switch {
	case labelled:
		l := labelsOf[d]
		sep := separators[r.IntN(len(separators))]
		if sep == " " && (d == DetectName || d == DetectAddress) { // a space alone announces nothing
			sep = ":"
		}
		before = l[r.IntN(len(l))] + sep
		after = []string{"", " ", ",", "\"", ";", "\n"}[r.IntN(6)]
	case gluable.Has(d) && variant == "plain" && r.IntN(4) == 0:
		g := glued[r.IntN(len(glued))]
		before, after, variant = g[0], g[1], "glued "+g[0]+"…"+g[1]
	default:
		f := sentences[r.IntN(len(sentences))]
		before, after = f[0], f[1]
	}
	text := before + value + after
	s := sample{text, len(before), len(before) + len(value), variant}
	switch d { // what goes is a part of what was planted
	case DetectCredentials:
		s.start += len("https://")
		s.end = len(before) + strings.IndexByte(value, '@')
	case DetectAPIKey:
		s.start += strings.Index(value, " ") + 1
	}
	return s
}

// respell writes a value as another source would: in groups, in capitals,
// escaped, in full width.
func respell(r *rand.Rand, d Detector, v string) (string, string) {
	switch r.IntN(6) {
	case 0:
		if g, ok := groupOf(r, d, v); ok {
			return g, "in groups"
		}
	case 1:
		switch d {
		case DetectMAC, DetectUUID, DetectIPv6, DetectIDCard:
			return strings.ToUpper(v), "upper case"
		}
	case 2:
		switch d {
		case DetectMAC, DetectEmail, DetectIPv6, DetectIPv4, DetectCoordinates:
			return percent(v, ":@.,+"), "percent escapes"
		case DetectIMEI, DetectPhone, DetectIDCard, DetectBankCard:
			return percent(v, "0"), "percent escapes"
		}
	case 3:
		switch d {
		case DetectIMEI, DetectPhone, DetectIDCard, DetectBankCard, DetectIPv4:
			return fullWidth(v), "full width"
		}
	case 4:
		switch d {
		case DetectIMEI, DetectPhone, DetectIDCard, DetectBankCard, DetectMAC, DetectEmail:
			return unicodeEscape(v, r.IntN(len(v))), "\\u escape"
		}
	}
	return v, "plain"
}

func groupOf(r *rand.Rand, d Detector, v string) (string, bool) {
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	cut := func(sep string, sizes ...int) string {
		var parts []string
		rest := v
		for _, n := range sizes {
			if n = min(n, len(rest)); n == 0 {
				break
			}
			parts, rest = append(parts, rest[:n]), rest[n:]
		}
		if rest != "" {
			parts = append(parts, rest)
		}
		return strings.Join(parts, sep)
	}
	switch d {
	case DetectIMEI:
		return cut(one("-", " ", "."), 2, 6, 6, 1), true
	case DetectIMEISV:
		return cut(one("-", " "), 2, 6, 6, 2), true
	case DetectPhone:
		return one("", "+86", "+86 ", "86 ") + cut(one("-", " "), 3, 4, 4), true
	case DetectIDCard:
		return cut(one(" ", "-"), 6, 8, 4), true
	case DetectBankCard:
		return cut(one(" ", "-"), 4, 4, 4, 4, 3), true
	case DetectICCID, DetectIBAN:
		return cut(" ", 4, 4, 4, 4, 4, 4), true
	case DetectMAC:
		switch r.IntN(3) {
		case 0:
			return strings.ReplaceAll(v, ":", "-"), true
		case 1:
			return strings.ReplaceAll(v, ":", "_"), true
		}
		v = strings.ReplaceAll(v, ":", "")
		return cut(".", 4, 4, 4), true
	case DetectCoordinates:
		return strings.Replace(v, ",", one(", ", ";", " , ", "/"), 1), true
	}
	return "", false
}

func percent(v, which string) string {
	var b strings.Builder
	for i := range len(v) {
		if strings.IndexByte(which, v[i]) >= 0 {
			fmt.Fprintf(&b, "%%%02X", v[i])
		} else {
			b.WriteByte(v[i])
		}
	}
	return b.String()
}

func fullWidth(v string) string {
	var b strings.Builder
	for _, c := range v {
		b.WriteRune(c - '!' + '！')
	}
	return b.String()
}

func unicodeEscape(v string, at int) string {
	return fmt.Sprintf("%s\\u%04x%s", v[:at], v[at], v[at+1:])
}

// plainLine is a line of a log without identifiers, made of what looks like
// one: times, versions, builds, hashes, counters, code.
func plainLine(r *rand.Rand) string {
	hex := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0123456789abcdef"[r.IntN(16)]
		}
		return string(b)
	}
	d := r.IntN
	switch d(22) {
	case 0:
		return fmt.Sprintf("2026-%02d-%02d %02d:%02d:%02d.%03d  %d  %d I ActivityManager: Displayed com.example.app/.Main: +%ds%dms", 1+d(12), 1+d(28), d(24), d(60), d(60), d(1000), d(30000), d(30000), d(9), d(1000))
	case 1:
		return fmt.Sprintf("epoch=%d ms=%d", 1_600_000_000+d(200_000_000), 1_600_000_000_000+int64(d(200_000_000))*1000+int64(d(1000)))
	case 2:
		return fmt.Sprintf("version %d.%d.%d.%d build %d", d(20), d(20), d(20), d(256), d(1e6))
	case 3:
		return fmt.Sprintf("lib-%d.%d.%d.%d.jar loaded from /data/app/~~%s==/base.apk", d(20), d(20), d(20), d(99), hex(12))
	case 4:
		return fmt.Sprintf("commit %s merged %s", hex(40), hex(7))
	case 5:
		return fmt.Sprintf("sha256:%s size %d", hex(64), d(1e9))
	case 6:
		return fmt.Sprintf("std::vector<a%d::b> at Foo::Bar::baz(int) [clone .isra.%d]", d(9), d(9))
	case 7:
		return fmt.Sprintf("#%02d pc %s  /system/lib64/libc.so (abort+%d) (BuildId: %s)", d(40), hex(16), d(900), hex(32))
	case 8:
		return fmt.Sprintf("Mozilla/5.0 (Linux; Android %d; TP1A.%06d.%03d) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36", d(15), d(1e6), d(1000), 90+d(50))
	case 9:
		return fmt.Sprintf("GET /api/v%d/items/%d?page=%d&size=50 HTTP/1.1 200 %d 0.%03d", d(9), d(1e8), d(99), d(1e6), d(1000))
	case 10:
		return fmt.Sprintf("traceId=%s spanId=%s sampled=%v", hex(32), hex(16), d(2) == 0)
	case 11:
		return fmt.Sprintf("gc: pause=%d.%03dms heap=%d/%d load %d.%02d, %d.%02d, %d.%02d", d(90), d(1000), d(1e9), d(1e9), d(9), d(100), d(9), d(100), d(9), d(100))
	case 12:
		return fmt.Sprintf("0x%s-0x%s r-xp %s 00:00 %d", hex(12), hex(12), hex(8), d(1e6))
	case 13:
		return fmt.Sprintf("[%02d:%02d:%02d] %d/%d files, %d.%d%% done, eta %02d:%02d", d(24), d(60), d(60), d(9999), d(9999), d(100), d(10), d(60), d(60))
	case 14:
		return fmt.Sprintf("order %d items %d total %d.%02d", d(1e9), d(10), d(1e4), d(100))
	case 15:
		return fmt.Sprintf("用户打开了第%d页，耗时%d毫秒，电量%d%%，版本：%d.%d.%d.%d", d(99), d(999), d(100), d(9), d(9), d(9), d(99))
	case 16:
		return fmt.Sprintf("msg seq=%d off=%d part=%d lag=%d", d(1e9), d(1e9), d(64), d(1e6))
	case 17:
		return fmt.Sprintf("at com.example.app.MainActivity$%d.onClick(MainActivity.java:%d)", d(9), d(900))
	case 18:
		return fmt.Sprintf("Windows 10.0.%d.%d %d-bit", 10000+d(12000), d(5000), 32<<d(2))
	case 19:
		return fmt.Sprintf("MD5 fingerprint %s", strings.TrimSuffix(strings.Repeat(hex(2)+":", 16), ":"))
	case 20:
		return fmt.Sprintf("window [%d, %d, %d, %d] scale %d.%d dpi %d", d(2000), d(2000), d(2000), d(2000), d(3), d(9), d(600))
	}
	return fmt.Sprintf("token bucket %d/%d refill=%d name=worker-%d address=0x%s key: %d", d(100), d(100), d(10), d(64), hex(12), d(1000))
}
