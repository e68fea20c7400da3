package detect

// Identifiers that are hex digits: MEID, MAC addresses, UUIDs, device ids.

const noHex = 0xff

// hexValue is the value of a hex digit, or noHex.
var hexValue = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case isDigit(b):
			t[c] = b - '0'
		case isLetter(b) && b|0x20 <= 'f':
			t[c] = (b | 0x20) - 'a' + 10
		default:
			t[c] = noHex
		}
	}
	return t
}()

// allHex reports whether every byte is a hex digit.
func allHex(v []byte) bool {
	for _, c := range v {
		if hexValue[c] == noHex {
			return false
		}
	}
	return true
}

func allSame(v []byte, c byte) bool {
	for _, b := range v {
		if b != c {
			return false
		}
	}
	return true
}

// appendLower appends ASCII text in lower case.
func appendLower(dst, v []byte) []byte {
	for _, c := range v {
		dst = append(dst, toLower(c))
	}
	return dst
}

// appendMEID: 3GPP2 S.R0048, 14 hex digits, 15 with a check digit, or the
// decimal form of 18 digits, 19 with a check digit: ten for the first four
// bytes and eight for the other three.
func appendMEID(dst, v []byte) ([]byte, Canon) {
	var d digits
	if !d.read(v) && !d.readHex(v) {
		return dst, CanonUnfit
	}
	n := len(dst)
	canon := CanonUnfit
	switch {
	case d.n == 14 || d.n == 15:
		dst, canon = append(dst, d.b[:14]...), CanonOK
	case d.n == 18 || d.n == 19:
		dst, canon = appendMEIDOfDecimal(dst, d.b[:18])
	case allZero(d.text()):
		canon = CanonPlaceholder
	}
	if id := dst[n:]; canon == CanonOK && (allZero(id) || allSame(id, 'F')) {
		return dst[:n], CanonPlaceholder
	}
	return dst, canon
}

func appendMEIDOfDecimal(dst, d []byte) ([]byte, Canon) {
	n := len(dst)
	for _, part := range [...]struct{ from, to, nibbles int }{{0, 10, 8}, {10, 18, 6}} {
		x := uint64(0)
		for _, c := range d[part.from:part.to] {
			if !isDigit(c) {
				return dst[:n], CanonUnfit
			}
			x = x*10 + uint64(c-'0')
		}
		if x>>(4*part.nibbles) != 0 {
			return dst[:n], CanonUnfit
		}
		for i := part.nibbles - 1; i >= 0; i-- {
			dst = append(dst, "0123456789ABCDEF"[x>>(4*i)&15])
		}
	}
	return dst, CanonOK
}

// appendMAC takes the bytes of an EUI-48 or EUI-64 in pairs of hex digits with
// one kind of separator (colon, dash, underscore, space), one digit where a
// byte is below 16 and the separator is a colon or dash, in groups of four
// behind dots, or bare.
func appendMAC(dst, v []byte) ([]byte, Canon) {
	n := len(dst)
	dst, ok := appendPairs(dst, v)
	if !ok {
		dst, ok = appendOctets(dst, v)
	}
	mac := dst[n:]
	if !ok || len(mac) != 12 && len(mac) != 16 {
		return dst[:n], CanonUnfit
	}
	if allSame(mac, '0') || allSame(mac, 'f') || string(mac) == hiddenMAC {
		return dst[:n], CanonPlaceholder
	}
	return dst, CanonOK
}

// hiddenMAC is what Android (since 6) and iOS (since 7) give an app for the
// address of the device.
const hiddenMAC = "020000000000"

// appendPairs is appendOctets for the usual spelling, 00:00:5e:00:53:01.
func appendPairs(dst, v []byte) ([]byte, bool) {
	if len(v) != 17 || v[2] != ':' && v[2] != '-' {
		return dst, false
	}
	var mac [12]byte
	bad := false
	for i := range 6 {
		a, b := v[3*i], v[3*i+1]
		bad = bad || hexValue[a]|hexValue[b] > 0x0f || i > 0 && v[3*i-1] != v[2]
		mac[2*i], mac[2*i+1] = toLower(a), toLower(b)
	}
	if bad {
		return dst, false
	}
	return append(dst, mac[:]...), true
}

// appendOctets appends the hex digits of v in lower case, two for each byte.
func appendOctets(dst, v []byte) ([]byte, bool) {
	if allHex(v) {
		return appendLower(dst, v), true
	}
	group, sep := 0, byte(0)
	for i, c := range v {
		if hexValue[c] != noHex {
			group++
			continue
		}
		if sep == 0 {
			sep = c
		}
		if c != sep || !macSeparates(c) {
			return dst, false
		}
		var ok bool
		if dst, ok = appendGroup(dst, v[i-group:i], sep); !ok {
			return dst, false
		}
		group = 0
	}
	return appendGroup(dst, v[len(v)-group:], sep)
}

func macSeparates(c byte) bool { return c == ':' || c == '-' || c == '.' || c == '_' || c == ' ' }

func appendGroup(dst, group []byte, sep byte) ([]byte, bool) {
	switch {
	case len(group) == 2 && sep != '.', len(group) == 4 && sep == '.':
	case len(group) == 1 && (sep == ':' || sep == '-'):
		dst = append(dst, '0')
	default:
		return dst, false
	}
	return appendLower(dst, group), true
}

// appendUUID: RFC 9562 section 4 in any case, with or without its dashes, in
// braces or parentheses, or as a URN. The nil UUID is what platforms give for
// an advertising id when tracking is off; the max UUID is nobody as well.
func appendUUID(dst, v []byte) ([]byte, Canon) {
	if len(v) == 36 {
		return appendUUID36(dst, v)
	}
	const urn = "urn:uuid:"
	if len(v) > len(urn) && equalFold(v[:len(urn)], urn) {
		v = v[len(urn):]
	}
	if n := len(v); n > 2 && (v[0] == '{' && v[n-1] == '}' || v[0] == '(' && v[n-1] == ')') {
		v = v[1 : n-1]
	}
	switch len(v) {
	case 36:
		return appendUUID36(dst, v)
	case 32:
		var b [36]byte
		copy(b[0:], v[:8])
		copy(b[9:], v[8:12])
		copy(b[14:], v[12:16])
		copy(b[19:], v[16:20])
		copy(b[24:], v[20:])
		b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
		return appendUUID36(dst, b[:])
	}
	return dst, CanonUnfit
}

// appendUUID36 takes the form with dashes.
func appendUUID36(dst, v []byte) ([]byte, Canon) {
	if v[8] != '-' || v[13] != '-' || v[18] != '-' || v[23] != '-' {
		return dst, CanonUnfit
	}
	n := len(dst)
	dst = append(dst, v...)
	out := dst[n:]
	others, ones, zeros := 0, uint8(0), uint8(0)
	for i, c := range v {
		x := hexValue[c]
		out[i] = c | 0x20 // what this makes of other characters does not matter: they are counted
		others += int(x >> 7)
		if x != noHex {
			ones |= x
			zeros |= ^x & 0x0f
		}
	}
	switch {
	case others != 4: // the dashes
		return dst[:n], CanonUnfit
	case ones == 0 || zeros == 0:
		return dst[:n], CanonPlaceholder
	}
	return dst, CanonOK
}

// buggyAndroidID is the Android ID of a whole generation of emulators and
// cheap devices (issue 10603 of the Android tracker).
const buggyAndroidID = "9774d56d682e549c"

// appendDevice: advertising ids are UUIDs, an Android ID is 16 hex digits, an
// OAID 16, 32 or 64 by its vendor, all in either case. What is none of these
// is text.
func appendDevice(dst, v []byte) ([]byte, Canon) {
	if out, canon := appendUUID(dst, v); canon != CanonUnfit {
		return out, canon
	}
	if len(v) >= 12 && allHex(v) {
		n := len(dst)
		dst = appendLower(dst, v)
		if id := dst[n:]; allSame(id, '0') || allSame(id, 'f') || string(id) == buggyAndroidID {
			return dst[:n], CanonPlaceholder
		}
		return dst, CanonOK
	}
	if allZero(v) {
		return dst, CanonPlaceholder
	}
	return append(dst, v...), CanonOK
}

// debugSerial is what the Android debug bridge shows for boards without a
// serial number.
const debugSerial = "0123456789ABCDEF"

// appendSerial: makers write serial numbers as they like.
func appendSerial(dst, v []byte) ([]byte, Canon) {
	if allZero(v) || string(v) == debugSerial {
		return dst, CanonPlaceholder
	}
	return append(dst, v...), CanonOK
}
