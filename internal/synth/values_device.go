package synth

import "strconv"

// Values of a device, its network and its place. One method writes one value;
// the tables of fields say under which names.

// unset is how many devices have a placeholder for one: a privacy setting, a
// tablet without a radio. It is nobody and is not planted.
const unset = 64

func (g *Gen) placeholder(t tag, value string) bool {
	r := g.of(t)
	r.s = ^r.s
	if r.n(unset) != 0 {
		return false
	}
	g.text(append(g.tmp[:0], value...))
	return true
}

func (g *Gen) imei() {
	if !g.placeholder(tagIMEI, "000000000000000") {
		g.id("imei", appendIMEI(g.tmp[:0], g.of(tagIMEI)))
	}
}

func (g *Gen) imei2() { g.id("imei", appendIMEI(g.tmp[:0], g.of(tagIMEI2))) }

// imeiNumber is the IMEI as a JSON number, which some SDKs send.
func (g *Gen) imeiNumber() { g.number("imei", appendIMEI(g.tmp[:0], g.of(tagIMEI2))) }

// imeisv is the IMEI without its check digit and with a software version.
func (g *Gen) imeisv() {
	v := appendIMEI(g.tmp[:0], g.of(tagIMEI))
	g.id("imeisv", append(v[:len(v)-1], "01"...))
}

func (g *Gen) meid()   { g.id("meid", appendMEID(g.tmp[:0], g.of(tagMEID))) }
func (g *Gen) imsi()   { g.id("imsi", appendIMSI(g.tmp[:0], g.of(tagIMSI))) }
func (g *Gen) iccid()  { g.id("iccid", appendICCID(g.tmp[:0], g.of(tagICCID))) }
func (g *Gen) serial() { r := g.of(tagSerial); g.id("serial", appendFrom(g.tmp[:0], &r, base36, 12)) }

const base36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func (g *Gen) androidID() {
	if !g.placeholder(tagAndroidID, "9774d56d682e549c") {
		r := g.of(tagAndroidID)
		g.id("android-id", appendHex(g.tmp[:0], &r, 16))
	}
}

func (g *Gen) oaid() {
	if !g.placeholder(tagOAID, "00000000-0000-0000-0000-000000000000") {
		g.id("oaid", appendUUID(g.tmp[:0], g.of(tagOAID)))
	}
}

func (g *Gen) vendorID() { g.id("vendor-id", appendUUID(g.tmp[:0], g.of(tagVendorID))) }

// idfa is a UUID in capitals, as iOS spells it.
func (g *Gen) idfa() {
	if !g.placeholder(tagIDFA, "00000000-0000-0000-0000-000000000000") {
		v := appendUUID(g.tmp[:0], g.of(tagIDFA))
		upper(v)
		g.id("idfa", v)
	}
}

func (g *Gen) hex32() { r := g.of(tagSDKID); g.id("sdk-id", appendHex(g.tmp[:0], &r, 32)) }
func (g *Gen) hex40() { r := g.of(tagFingerprint); g.id("digest", appendHex(g.tmp[:0], &r, 40)) }
func (g *Gen) utdid() {
	r := g.of(tagSDKID)
	g.id("utdid", append(appendFrom(g.tmp[:0], &r, base64URL, 22), "=="...))
}

func (g *Gen) buvid() {
	r := g.of(tagSDKID)
	v := appendHex(append(g.tmp[:0], "XY"...), &r, 35)
	upper(v)
	g.id("buvid", v)
}

func (g *Gen) deviceName() {
	v := appendName(g.tmp[:0], g.of(tagName))
	v = append(v, "的"...)
	g.id("device-name", append(v, g.who.model.name...))
}

func (g *Gen) hostname() {
	v := appendPinyin(g.tmp[:0], g.of(tagName))
	g.id("hostname", append(v, "-phone.local"...))
}

func (g *Gen) mac() {
	if !g.placeholder(tagMAC, "02:00:00:00:00:00") {
		g.id("mac", appendMAC(g.tmp[:0], g.of(tagMAC)))
	}
}

func (g *Gen) bluetooth() {
	v := appendMAC(g.tmp[:0], g.of(tagBluetooth))
	upper(v)
	g.id("mac", v)
}

// bluetoothBare is the address without separators.
func (g *Gen) bluetoothBare() {
	v := appendMAC(g.tmp[:0], g.of(tagBluetooth))
	for i := range 6 {
		copy(v[2*i:], v[3*i:3*i+2])
	}
	g.id("mac", v[:12])
}

func (g *Gen) bssid() { g.id("bssid", appendMAC(g.tmp[:0], g.of(tagRouter))) }
func (g *Gen) ssid()  { g.id("ssid", appendSSID(g.tmp[:0], g.of(tagRouter))) }

// wifiScan is an array of the access points in sight; the first is the person's own.
func (g *Gen) wifiScan() {
	g.open('[')
	for i := range 2 + g.rnd.n(2) {
		r := g.of(tagRouter)
		if i > 0 {
			r = rng{g.who.home.seed() + uint64(g.rnd.n(50_000))}
		}
		g.next()
		g.open('{')
		g.name("ssid")
		g.id("ssid", appendSSID(g.tmp[:0], r))
		g.name("bssid")
		g.id("bssid", appendMAC(g.tmp[:0], r))
		g.name("rssi")
		g.rssi()
		g.name("conn")
		g.b = strconv.AppendBool(g.b, i == 0)
		g.close('}')
	}
	g.close(']')
}

// seed starts the random bits of what stands in a city and is no person's.
func (c *city) seed() uint64 { return mix(uint64(c.region)) }

func (g *Gen) bssidList() {
	g.open('[')
	for range 2 {
		g.next()
		g.id("bssid", appendMAC(g.tmp[:0], rng{g.who.home.seed() + uint64(g.rnd.n(50_000))}))
	}
	g.close(']')
}

// ip is the address of the day: a person has few, and sometimes an IPv6 one.
func (g *Gen) ip() {
	r := g.of(tagIP)
	r.s += uint64(g.rnd.n(4))
	if g.rnd.n(8) == 0 {
		g.id("ip", appendIPv6(g.tmp[:0], r))
		return
	}
	g.id("ip", appendIPv4(g.tmp[:0], r))
}

// forwardedFor is a list of addresses, as proxies append to it.
func (g *Gen) forwardedFor() {
	v := appendIPv4(g.tmp[:0], g.of(tagIP))
	g.plant("ip", v)
	n := len(v)
	v = appendIPv4(append(v, ", "...), g.of(tagFriend))
	g.plant("ip", v[n+2:])
	g.text(v)
}

func (g *Gen) proxy() {
	v := appendIPv4(g.tmp[:0], g.of(tagFriend))
	g.plant("ip", v)
	g.text(append(v, ":8080"...))
}

func (g *Gen) lat() { lat, _ := g.position(); g.number("latitude", appendDegrees(g.tmp[:0], lat)) }
func (g *Gen) lon() { _, lon := g.position(); g.number("longitude", appendDegrees(g.tmp[:0], lon)) }

// latString and lonString are coordinates as strings.
func (g *Gen) latString() { lat, _ := g.position(); g.id("latitude", appendDegrees(g.tmp[:0], lat)) }
func (g *Gen) lonString() { _, lon := g.position(); g.id("longitude", appendDegrees(g.tmp[:0], lon)) }

// latLng is "31.230401,121.473701".
func (g *Gen) latLng() {
	lat, lon := g.position()
	v := appendDegrees(g.tmp[:0], lat)
	g.plant("latitude", v)
	n := len(v)
	v = appendDegrees(append(v, ','), lon)
	g.plant("longitude", v[n+1:])
	g.text(v)
}

// latLonObject is {"lat":31.230401,"lon":121.473701}.
func (g *Gen) latLonObject() {
	g.open('{')
	g.name("lat")
	g.lat()
	g.name("lon")
	g.lon()
	g.close('}')
}

// track is an array of three points.
func (g *Gen) track() {
	g.open('[')
	for range 3 {
		g.next()
		g.latLonObject()
	}
	g.close(']')
}

const geohash32 = "0123456789bcdefghjkmnpqrstuvwxyz"

func (g *Gen) geohash() {
	r := g.of(tagPlace)
	g.id("geohash", appendFrom(append(g.tmp[:0], "wt"...), &r, geohash32, 7))
}

func (g *Gen) altitude() {
	r := g.of(tagPlace)
	g.b = append(strconv.AppendInt(g.b, int64(r.n(900)), 10), ".37"...)
}

func (g *Gen) address() { g.id("address", g.who.appendAddress(g.tmp[:0], g.of(tagAddress))) }
func (g *Gen) addressElsewhere() {
	g.id("address", g.who.appendAddress(g.tmp[:0], g.of(tagFriend)))
}

func (g *Gen) poi() {
	r := g.of(tagAddress)
	v := append(g.tmp[:0], g.who.home.street...)
	g.id("place", append(strconv.AppendInt(v, int64(1+r.n(999)), 10), "号便利店"...))
}

// areaCode and cellNumber are parts of a cell's id; the latter is long enough to plant.
func (g *Gen) areaCode() { r := g.of(tagPlace); g.b = strconv.AppendInt(g.b, int64(r.n(65536)), 10) }
func (g *Gen) cellNumber() {
	r := g.of(tagPlace)
	g.number("cell-id", strconv.AppendInt(g.tmp[:0], int64(100_000_000+r.n(168_435_455)), 10))
}

func (g *Gen) zip()      { g.text(append(g.tmp[:0], g.who.home.zip...)) }
func (g *Gen) city()     { g.text(append(g.tmp[:0], g.who.home.name...)) }
func (g *Gen) province() { g.text(append(g.tmp[:0], g.who.home.province...)) }
func (g *Gen) country()  { g.lit(`"CN"`) }
