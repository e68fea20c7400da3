package redact

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// This file makes device logs for benchmarks and property tests: the same
// ones for the same seed. flatRecord is a log of 25 fields in one of four
// orders, about 425 bytes; nestedRecord a usage event with arrays, escapes,
// Chinese text, a URL and a crash message, about 1.3 kB.

type corpus struct{ *rand.Rand }

func newCorpus(seed uint64) corpus { return corpus{rand.New(rand.NewPCG(seed, 42))} }

func (c corpus) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[c.IntN(len(alphabet))]
	}
	return string(b)
}

func (c corpus) digits(n int) string { return c.from("0123456789", n) }
func (c corpus) hex(n int) string    { return c.from("0123456789abcdef", n) }
func (c corpus) imei() string        { return "86" + c.digits(13) }
func (c corpus) ip() string {
	return fmt.Sprintf("%d.%d.%d.%d", 1+c.IntN(223), c.IntN(256), c.IntN(256), 1+c.IntN(254))
}
func (c corpus) mac() string {
	return strings.Join([]string{c.hex(2), c.hex(2), c.hex(2), c.hex(2), c.hex(2), c.hex(2)}, ":")
}
func (c corpus) uuid() string {
	return c.hex(8) + "-" + c.hex(4) + "-4" + c.hex(3) + "-a" + c.hex(3) + "-" + c.hex(12)
}
func (c corpus) one(of ...string) string { return of[c.IntN(len(of))] }
func (c corpus) model() string {
	return c.one("PGU110", "V2309A", "SM-S9180", "23127PN0CC", "ALN-AL00", "Redmi Note 12", "iPhone15,3")
}
func (c corpus) brand() string {
	return c.one("OPPO", "vivo", "samsung", "Xiaomi", "HUAWEI", "Redmi", "Apple")
}
func (c corpus) ssid() string {
	return c.one("TP-LINK_5G_客厅", "ChinaNet-aX3f", "CMCC-7KqP", "Starbucks", "HUAWEI-B311-9F1C", "家里的WiFi", "office-guest")
}
func (c corpus) event() string {
	return c.one("launch", "fg", "bg", "heartbeat", "crash", "page_view", "install")
}
func (c corpus) millis() int { return 1730448000000 + c.IntN(1e9) }

// flatRecord returns a device log. Sensitive: imei imsi android_id mac ip ssid lat lon.
func (c corpus) flatRecord() []byte {
	fields := []string{
		fmt.Sprintf(`"ts":%d`, c.millis()),
		fmt.Sprintf(`"app":%q`, c.one("com.example.weather", "com.example.chat", "com.android.browser", "cn.example.office_eng", "com.example.video.lite")),
		fmt.Sprintf(`"ver":"%d.%d.%d"`, c.IntN(9), c.IntN(20), c.IntN(100)),
		`"ch":"oppo_store"`,
		fmt.Sprintf(`"imei":%q`, c.imei()),
		fmt.Sprintf(`"imsi":"460%s"`, c.digits(12)),
		fmt.Sprintf(`"android_id":%q`, c.hex(16)),
		fmt.Sprintf(`"mac":%q`, c.mac()),
		fmt.Sprintf(`"ip":%q`, c.ip()),
		`"ssid":"` + c.ssid() + `"`,
		fmt.Sprintf(`"lat":%.6f`, 18+c.Float64()*30),
		fmt.Sprintf(`"lon":%.6f`, 75+c.Float64()*58),
		fmt.Sprintf(`"model":%q`, c.model()),
		fmt.Sprintf(`"brand":%q`, c.brand()),
		`"os":"Android"`,
		fmt.Sprintf(`"osv":%d`, 9+c.IntN(7)),
		fmt.Sprintf(`"net":%q`, c.one("wifi", "5g", "4g")),
		fmt.Sprintf(`"op":"460%s"`, c.digits(2)),
		`"lang":"zh-CN"`,
		`"tz":8`,
		fmt.Sprintf(`"sw":%d`, 720+360*c.IntN(3)),
		fmt.Sprintf(`"sh":%d`, 1600+c.IntN(1600)),
		fmt.Sprintf(`"bat":%d`, c.IntN(101)),
		fmt.Sprintf(`"chg":%t`, c.IntN(2) == 0),
		fmt.Sprintf(`"ev":%q`, c.event()),
	}
	switch c.IntN(4) { // firmware versions order them differently
	case 1:
		slices.Reverse(fields)
	case 2:
		fields = append(fields[12:], fields[:12]...)
	case 3:
		fields = append(fields[6:], fields[:6]...)
	}
	return []byte("{" + strings.Join(fields, ",") + "}")
}

// nestedRecord returns a usage event. Sensitive: device.imei
// device.ids.android_id net.ip net.wifi[*].bssid net.cell.imsi user.phone
// loc.lat loc.lon.
func (c corpus) nestedRecord() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p(`{"event":%q,"ts":%d,"sid":%q,"seq":%d,`, c.event(), c.millis(), c.uuid(), c.IntN(100000))
	p(`"device":{"imei":%q,"ids":{"android_id":%q,"oaid":%q},"model":%q,"brand":%q,`, c.imei(), c.hex(16), c.uuid(), c.model(), c.brand())
	p(`"os":{"name":"Android","ver":"%d","patch":"2026-08-05"},"screen":[1080,2400,480],"rooted":false},`, 9+c.IntN(7))
	p(`"net":{"type":"wifi","ip":%q,"wifi":[`, c.ip())
	for i := range 2 + c.IntN(2) {
		if i > 0 {
			p(",")
		}
		p(`{"ssid":"%s","bssid":%q,"rssi":-%d,"conn":%t}`, c.ssid(), c.mac(), 40+c.IntN(50), i == 0)
	}
	p(`],"cell":{"mcc":460,"mnc":%d,"lac":%d,"cid":%d,"imsi":"460%s"}},`, c.IntN(12), c.IntN(65536), c.IntN(268435455), c.digits(12))
	p(`"user":{"uid":%d,"phone":"1%s%s","tags":["vip","新用户","ab_%d"],"vip":null},`, c.IntN(1e9), c.one("3", "5", "8", "9"), c.digits(9), c.IntN(10))
	p(`"loc":{"lat":%.6f,"lon":%.6f,"acc":%.1f,"addr":"%s"},`, 18+c.Float64()*30, 75+c.Float64()*58, c.Float64()*50,
		c.one("上海市浦东新区张江路88号", "北京市海淀区中关村大街27号", "深圳市南山区科技园", "No.1 Infinite Loop"))
	p(`"url":"https://m.example.com/item/detail?id=%d&utm_source=push&imei=%s&q=%%E6%%89%%8B%%E6%%9C%%BA",`, c.IntN(1e6), c.imei())
	p(`"ext":"{\"exp\":\"A\\/B\",\"bucket\":%d}",`, c.IntN(100))
	p(`"crash":{"type":"java.lang.IllegalStateException","msg":"bind failed: device %s not registered (host %s)",`, c.imei(), c.ip())
	p(`"stack":"at com.foo.Bar.baz(Bar.java:%d)\n\tat com.foo.Main.run(Main.java:77)\n\tat android.os.Handler.dispatchMessage(Handler.java:106)"}}`, c.IntN(500))
	return b.Bytes()
}

// records returns n records back to back in one buffer, as they lie in a
// decompressed batch.
func records(n int, seed uint64, one func(corpus) []byte) [][]byte {
	c := newCorpus(seed)
	var all []byte
	var ends []int
	for range n {
		all = append(all, one(c)...)
		ends = append(ends, len(all))
	}
	var out [][]byte
	start := 0
	for _, end := range ends {
		out = append(out, all[start:end])
		start = end
	}
	return out
}

func flatRecords(n int) [][]byte   { return records(n, 1, corpus.flatRecord) }
func nestedRecords(n int) [][]byte { return records(n, 2, corpus.nestedRecord) }

// spaced puts white space after colons and commas, as most writers do.
func spaced(record []byte) []byte {
	var out []byte
	inString := false
	for i, c := range record {
		out = append(out, c)
		if c == '"' && (i == 0 || record[i-1] != '\\') {
			inString = !inString
		}
		if !inString && (c == ':' || c == ',') {
			out = append(out, ' ')
		}
	}
	return out
}

// byPathFlat and byPathNested are the eight rules of the speed targets, and
// anyDepth the same as keys.
var (
	byPathFlat   = []string{"$.imei", "$.imsi", "$.android_id", "$.mac", "$.ip", "$.ssid", "$.lat", "$.lon"}
	byPathNested = []string{"$.device.imei", "$.device.ids.android_id", "$.net.ip", "$.net.wifi[*].bssid", "$.net.cell.imsi", "$.user.phone", "$.loc.lat", "$.loc.lon"}
	anyDepth     = []string{"imei", "imsi", "android_id", "mac", "ip", "ssid", "bssid", "phone", "lat", "lon"}
)

func pathSpec(t Transform, paths ...string) Spec {
	s := Spec{Profiles: []Profile{{Name: "internal", Unknown: UnknownKeep}}}
	for _, p := range paths {
		s.Fields = append(s.Fields, Field{Name: p, Level: 4, Paths: []string{p}})
		s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, t)
	}
	return s
}

func keySpec(t Transform, keys ...string) Spec {
	s := Spec{Profiles: []Profile{{Name: "internal", Unknown: UnknownKeep}}}
	for _, k := range keys {
		s.Fields = append(s.Fields, Field{Name: k, Level: 4, Keys: []string{k}})
		s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, t)
	}
	return s
}

// catalogSpec is default-deny with a catalog of about a hundred fields, in
// which every leaf of the corpora has an entry, for the given recipients.
func catalogSpec(recipients int) Spec {
	sensitive := []string{
		"imei", "imei1", "imei2", "meid", "imsi", "iccid", "serial", "device_id", "android_id", "oaid", "idfa", "mac", "wifi_mac", "bt_mac",
		"bssid", "ssid", "ip", "client_ip", "phone", "mobile", "email", "uid", "user_id", "openid", "lat", "lon", "latitude", "longitude", "addr", "address",
	}
	secret := []string{"password", "token", "session_id", "cookie", "authorization", "api_key", "url", "referer", "msg", "stack", "ext", "message", "log"}
	plain := []string{
		"event", "ts", "sid", "seq", "app", "ver", "ch", "model", "brand", "os", "osv", "op", "lang", "tz", "sw", "sh", "bat", "chg", "ev", "net", "name",
		"patch", "screen", "rooted", "type", "rssi", "conn", "mcc", "mnc", "lac", "cid", "tags", "vip", "acc", "level", "code", "status", "count", "duration",
		"battery*", "volt*", "cpu", "memory", "storage", "resolution", "arch", "timezone", "isp", "carrier", "network_type", "package", "app_version",
		"install_time", "kernel", "baseband", "sdk_version", "build", "channel", "locale",
	}
	s := Spec{Containers: []string{"device", "ids", "net", "wifi", "cell", "user", "loc", "crash", "data", "payload", "events", "os"}}
	for i := range recipients {
		s.Profiles = append(s.Profiles, Profile{Name: fmt.Sprint("r", i)})
	}
	add := func(names []string, level uint8, transforms ...Transform) {
		for _, n := range names {
			s.Fields = append(s.Fields, Field{Name: n, Level: level, Keys: []string{n}})
			for i := range s.Profiles {
				s.Profiles[i].Transforms = append(s.Profiles[i].Transforms, transforms[i%len(transforms)])
			}
		}
	}
	add(sensitive, 4, stars(), Drop(), stars())
	add(secret, 4, Drop(), Drop(), Drop())
	add(plain, 1, Keep(), Keep(), Keep())
	return s
}
