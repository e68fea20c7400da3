package detect

// Context: the words before a candidate, which decide what its form leaves
// open. Words are English, Chinese and Spanish, in lower case; a Chinese word
// has no boundaries, others end where letters end or a capital begins, so that
// wifiMac and wifi_mac say mac and stomach does not.

// contextReach is how far before a candidate a word may end: a label, a colon,
// quotes and an article.
const contextReach = 40

type words []string

var (
	wordsIMEI    = words{"imei", "imeisv", "imei1", "imei2", "imeis", "meid", "esn", "设备号", "串号", "deviceid", "device_id"}
	wordsIMSI    = words{"imsi", "subscriber", "subscriberid", "suscriptor", "abonado", "移动用户识别码", "用户识别码"}
	wordsICCID   = words{"iccid", "sim", "simcard", "uicc", "sim卡", "卡号"}
	wordsMEID    = words{"meid", "esn"}
	wordsMAC     = words{"mac", "macaddr", "macaddress", "bssid", "hwaddr", "ether", "bluetooth", "btmac", "wifimac", "wlan", "ble", "物理地址", "蓝牙", "无线地址"}
	wordsPhone   = words{"phone", "phonenumber", "mobile", "msisdn", "tel", "telephone", "call", "sms", "cell", "contact", "whatsapp", "telefono", "teléfono", "movil", "móvil", "celular", "电话", "手机", "联系方式", "号码"}
	wordsIDCard  = words{"idcard", "id_card", "idno", "id_no", "identity", "citizen", "身份证", "证件", "identidad", "cedula", "cédula", "dni"}
	wordsSSN     = words{"ssn", "social", "seguro", "社保"}
	wordsAndroid = words{"androidid", "android_id", "aid", "ssaid", "oaid", "vaid", "aaid", "udid", "deviceid", "device_id", "dispositivo", "设备标识", "设备id"}
	wordsUUID    = words{"oaid", "vaid", "aaid", "gaid", "idfa", "idfv", "adid", "udid", "uuid", "advertisingid", "advertising_id", "deviceid", "device_id", "guid", "广告标识"}
	wordsVersion = words{"version", "versión", "ver", "v", "build", "firmware", "fw", "release", "rev", "sdk", "driver", "版本", "固件"}
	wordsDegrees = words{"lat", "latitude", "lon", "lng", "longitude", "latitud", "longitud", "纬度", "经度"}
	wordsGeo     = words{"lat", "latitude", "lon", "lng", "longitude", "latitud", "longitud", "loc", "location", "gps", "coord", "coords", "coordinates", "position", "ubicación", "ubicacion", "posición", "coordenadas", "latlng", "latlon", "纬度", "经度", "坐标", "位置", "定位"}
)

// announces reports whether one of the words stands before text[at:], in the
// same clause: no comma, semicolon, line end or second assignment between.
func announces(t []byte, at int, ws words) bool {
	from := clauseStart(t, at)
	for i := from; i < at; i++ {
		c := toLower(t[i])
		if i > from && isLetter(c) && isLetter(t[i-1]) && (t[i] >= 'a' || t[i-1] < 'a') {
			continue // inside a word
		}
		if c >= 0x80 && c < 0xc0 {
			continue // inside a character
		}
		for _, w := range ws {
			if w[0] == c && hasWord(t[i:at], w) {
				return true
			}
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
func label(t []byte, at int, ws words) bool {
	end := at
	for end > 0 && at-end < 8 && isLabelGlue(t[end-1]) {
		end--
	}
	start := end
	for start > 0 && end-start < 24 && (isLetter(t[start-1]) || t[start-1] >= 0x80) {
		start--
	}
	return start < end && announces(t[start:end], end-start, ws)
}

func isLabelGlue(c byte) bool {
	switch c {
	case ' ', ':', '=', '"', '\'', '(', '[', '{', '_', '-', '#', '\\', '/', '.':
		return true
	}
	return false
}
