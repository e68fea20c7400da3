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
	if allZero(d.text()) || allSame(d.text(), 'F') {
		return dst, CanonPlaceholder
	}
	switch d.n {
	case 14, 15:
		return append(dst, d.b[:14]...), CanonOK
	case 18, 19:
		return appendMEIDOfDecimal(dst, d.b[:18])
	}
	return dst, CanonUnfit
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
	dst, ok := appendOctets(dst, v)
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
	const urn = "urn:uuid:"
	if len(v) > len(urn) && equalFold(v[:len(urn)], urn) {
		v = v[len(urn):]
	}
	if n := len(v); n > 2 && (v[0] == '{' && v[n-1] == '}' || v[0] == '(' && v[n-1] == ')') {
		v = v[1 : n-1]
	}
	var b [32]byte
	if !readUUID(&b, v) {
		return dst, CanonUnfit
	}
	if allSame(b[:], '0') || allSame(b[:], 'f') {
		return dst, CanonPlaceholder
	}
	for i, c := range b {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			dst = append(dst, '-')
		}
		dst = append(dst, c)
	}
	return dst, CanonOK
}

func readUUID(b *[32]byte, v []byte) bool {
	dashes := len(v) == 36
	if !dashes && len(v) != 32 {
		return false
	}
	n := 0
	for i, c := range v {
		if dashes && (i == 8 || i == 13 || i == 18 || i == 23) {
			if c != '-' {
				return false
			}
			continue
		}
		if hexValue[c] == noHex {
			return false
		}
		b[n] = toLower(c)
		n++
	}
	return true
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
