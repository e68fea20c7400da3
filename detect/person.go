package detect

import "bytes"

// appendEmail: RFC 5321 section 2.4: the domain has no case, the local part
// may have one. A point at the end of the domain is the root's.
func appendEmail(dst, v []byte) ([]byte, Canon) {
	at := bytes.LastIndexByte(v, '@')
	if at < 1 {
		return dst, CanonUnfit
	}
	domain := bytes.TrimSuffix(v[at+1:], []byte("."))
	if len(domain) == 0 || domain[len(domain)-1] == '.' || hasBlank(v) {
		return dst, CanonUnfit
	}
	dst = append(dst, v[:at+1]...)
	return appendLower(dst, domain), CanonOK
}

// hasBlank reports whether there is a space or a control character.
func hasBlank(v []byte) bool {
	for _, c := range v {
		if c <= ' ' || c == 0x7f {
			return true
		}
	}
	return false
}

// appendIDCard takes national ids and passports: 5 to 20 letters and digits,
// separators dropped.
func appendIDCard(dst, v []byte) ([]byte, Canon) {
	n := len(dst)
	var d digits
	if d.read(v) {
		dst = append(dst, d.text()...)
	} else {
		var ok bool
		if dst, ok = appendUpper(dst, v); !ok {
			return dst[:n], CanonUnfit
		}
	}
	id := dst[n:]
	switch {
	case allZero(id):
		return dst[:n], CanonPlaceholder
	case len(id) < 5 || len(id) > 20:
		return dst[:n], CanonUnfit
	case d.n == 15 && len(id) == 15 && birthday(id[6:12]):
		return appendID18(dst[:n], d.b[:15]), CanonOK
	}
	return dst, CanonOK
}

// birthday reports whether six digits are year, month and day of a month.
func birthday(d []byte) bool {
	month, day := 10*(d[2]-'0')+d[3]-'0', 10*(d[4]-'0')+d[5]-'0'
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// appendID18 appends a Chinese number of the first generation as GB 11643-1999
// renumbered it: the century before the year, the check character of ISO 7064
// MOD 11-2 at the end. Both numbers are one person.
func appendID18(dst, id []byte) []byte {
	n := len(dst)
	dst = append(dst, id[:6]...)
	dst = append(dst, "19"...)
	dst = append(dst, id[6:]...)
	p := 0
	for _, c := range dst[n:] {
		p = (p + int(c-'0')) * 2 % 11
	}
	return append(dst, "0123456789X"[(12-p)%11])
}

// appendPlate takes the plate of a vehicle, in any script, or a VIN (ISO 3779):
// ASCII in upper case, without separators.
func appendPlate(dst, v []byte) ([]byte, Canon) {
	n := len(dst)
	for i := 0; i < len(v); i++ {
		c := v[i]
		if separates(c) {
			continue
		}
		if m := middleDot(v[i:]); m > 0 {
			i += m - 1
			continue
		}
		dst = append(dst, toUpper(c))
	}
	if hasBlank(dst[n:]) {
		return dst[:n], CanonUnfit
	}
	if allZero(dst[n:]) {
		return dst[:n], CanonPlaceholder
	}
	return dst, CanonOK
}

// middleDot returns the length of a dot that Chinese plates have behind the
// city's letter, at the start of v: U+00B7, U+2022, U+2027, U+30FB.
func middleDot(v []byte) int {
	for _, dot := range [...]string{"·", "•", "‧", "・"} {
		if len(v) >= len(dot) && string(v[:len(dot)]) == dot {
			return len(dot)
		}
	}
	return 0
}
