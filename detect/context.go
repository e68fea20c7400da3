package detect

import "slices"

// Context: the words before a candidate, which decide what its form leaves
// open. Words are English, Chinese and Spanish, in lower case; a Chinese word
// has no boundaries, others end where letters end or a capital begins, so that
// wifiMac and wifi_mac say mac and stomach does not.

// contextReach is how far before a candidate a word may end: a label, a colon,
// quotes and an article.
const contextReach = 40

// words is a list of words, and where in it those stand that begin with a byte:
// most words of a text begin like few of them.
type words struct {
	list     []string
	from, to [256]uint8
}

func newWords(list ...string) *words {
	w := &words{list: slices.Sorted(slices.Values(list))}
	for i, word := range w.list {
		for _, c := range [2]byte{word[0], toUpper(word[0])} {
			if w.to[c] == 0 {
				w.from[c] = uint8(i)
			}
			w.to[c] = uint8(i + 1)
		}
	}
	return w
}

var (
	wordsIMEI    = newWords("imei", "imeisv", "imei1", "imei2", "imeis", "meid", "esn", "设备号", "串号", "deviceid", "device_id")
	wordsIMSI    = newWords("imsi", "subscriber", "subscriberid", "suscriptor", "abonado", "移动用户识别码", "用户识别码")
	wordsICCID   = newWords("iccid", "sim", "simcard", "uicc", "sim卡", "卡号")
	wordsMEID    = newWords("meid", "esn")
	wordsMAC     = newWords("mac", "macaddr", "macaddress", "bssid", "hwaddr", "ether", "bluetooth", "btmac", "wifimac", "wlan", "ble", "物理地址", "蓝牙", "无线地址")
	wordsPhone   = newWords("phone", "phonenumber", "mobile", "msisdn", "tel", "telephone", "call", "sms", "cell", "contact", "whatsapp", "telefono", "teléfono", "movil", "móvil", "celular", "电话", "手机", "联系方式", "号码")
	wordsIDCard  = newWords("idcard", "id_card", "idno", "id_no", "identity", "citizen", "身份证", "证件", "identidad", "cedula", "cédula", "dni")
	wordsSSN     = newWords("ssn", "social", "seguro", "社保")
	wordsAndroid = newWords("androidid", "android_id", "aid", "ssaid", "oaid", "vaid", "aaid", "udid", "deviceid", "device_id", "dispositivo", "设备标识", "设备id")
	wordsUUID    = newWords("oaid", "vaid", "aaid", "gaid", "idfa", "idfv", "adid", "udid", "uuid", "advertisingid", "advertising_id", "deviceid", "device_id", "guid", "广告标识")
	wordsVersion = newWords("version", "versión", "ver", "v", "build", "firmware", "fw", "release", "rev", "sdk", "driver", "bootloader", "bios", "baseband", "runtime", "cuda", "section", "sections", "chapter", "clause", "oid", "objectidentifier", "revision", "versionadded", "versionchanged", "版本", "版本号", "固件")
	wordsOther   = newWords("request", "requestid", "request_id", "req", "reqid", "trace", "traceid", "trace_id", "span", "correlation", "correlationid", "correlation_id", "instance", "instances", "image", "images",
		"volume", "volumes", "port", "network", "subnet", "server", "servers", "tenant", "project", "router", "snapshot", "transaction", "transactionid", "tx", "txid", "task", "taskid", "job", "jobid", "batch", "message", "messageid",
		"event", "eventid", "event_id", "component", "clsid", "iid", "interface", "pod", "container", "cluster", "disk", "commit", "bundle", "reconcileid", "_base")
	wordsCount = newWords("bytes", "byte", "increment", "auto_increment", "rows", "examined", "count", "size", "total", "elapsed", "offset", "seq", "nanos", "ns", "us", "ticks", "cycles", "packets", "sectors",
		"memory", "mem", "memtotal", "capacity", "used", "free", "duration", "lifetime", "inode", "checksum", "crc", "hash", "pid", "addr", "uptime", "resourceversion", "generation")
	wordsDegrees = newWords("lat", "latitude", "lon", "lng", "longitude", "latitud", "longitud", "纬度", "经度")
	wordsGeo     = newWords("lat", "latitude", "lon", "lng", "longitude", "latitud", "longitud", "loc", "location", "gps", "coord", "coords", "coordinates", "position", "ubicación", "ubicacion", "posición", "coordenadas", "latlng", "latlon", "纬度", "经度", "坐标", "位置", "定位")
)

// announces reports whether one of the words stands before text[at:], in the
// same clause: no comma, semicolon, line end or second assignment between.
func announces(t []byte, at int, ws *words) bool {
	from := clauseStart(t, at)
	for i := from; i < at; i++ {
		if ws.to[t[i]] != 0 && !(i > from && insideWord(t[i-1], t[i])) && ws.begins(t[i:at]) {
			return true
		}
	}
	return false
}

// insideWord reports whether no word begins at b behind a.
func insideWord(a, b byte) bool { return isLetter(a) && isLetter(b) && (b >= 'a' || a < 'a') }

// begins reports whether t begins with one of the words.
func (ws *words) begins(t []byte) bool {
	for _, w := range ws.list[ws.from[t[0]]:ws.to[t[0]]] {
		if hasWord(t, w) {
			return true
		}
	}
	return false
}

// hasWord reports whether t begins with the word w and w ends there.
func hasWord(t []byte, w string) bool {
	if len(t) < len(w) {
		return false
	}
	for i := range len(w) {
		if toLower(t[i]) != w[i] {
			return false
		}
	}
	last := t[len(w)-1]
	if last >= 0x80 || len(t) == len(w) {
		return true
	}
	next := t[len(w)]
	return !isLetter(next) || next < 'a' && last >= 'a'
}

func clauseStart(t []byte, at int) int {
	end := max(0, at-contextReach)
	assigned := false
	for i := at; i > end; i-- {
		switch t[i-1] {
		case ',', ';', '\n', '\r', '&', '|', '{', '}', '[':
			if i < at {
				return i
			}
		case '=', ':':
			if assigned && i < len(t) && t[i] != '=' && t[i] != ':' {
				return i
			}
			assigned = true
		}
	}
	return end
}

// label reports whether one of the words is the last before text[at:], with
// nothing but signs and spaces between.
func label(t []byte, at int, ws *words) bool {
	end := at
	for end > 0 && at-end < 8 && isLabelGlue(t[end-1]) {
		end--
	}
	start := end
	for start > 0 && end-start < 24 && (isLetter(t[start-1]) || t[start-1] >= 0x80) {
		start--
	}
	return start < end && ws.in(t[start:end])
}

// in reports whether a word begins in t, which is letters alone.
func (ws *words) in(t []byte) bool {
	for i, c := range t {
		if ws.to[c] != 0 && !(i > 0 && insideWord(t[i-1], c)) && ws.begins(t[i:]) {
			return true
		}
	}
	return false
}

func isLabelGlue(c byte) bool {
	switch c {
	case ' ', ':', '=', '"', '\'', '(', '[', '{', '_', '-', '#', '\\', '/', '.':
		return true
	}
	return false
}
