package detect

import (
	"encoding/binary"
	"unicode/utf8"
)

// This file is structured as follows. AppendCanonical trims, sorts out values
// that are nobody, and hands what is left to the form of its class; each form
// has a file. Forms see ASCII: a value with other bytes is first copied with
// full-width letters and digits, dashes and spaces of other widths folded, and
// invisible marks taken out, which is what phone books and Chinese input
// methods put into numbers.
//
// The forms of one identifier are many, its canonical form is one, and two
// identifiers never share it. What is not of its class's form is CanonUnfit:
// the caller decides; nothing here refuses loudly, because a message would
// quote the value.

// Canon says what AppendCanonical made of a value.
type Canon uint8

const (
	CanonOK          Canon = iota // the canonical form was appended
	CanonPlaceholder              // the value is nobody: empty, all zero, a constant of the platform
	CanonUnfit                    // the value has not the form of its class
)

// maxForm is the longest value that any form but text takes: an e-mail address
// of RFC 5321 with room for what is trimmed out of it.
const maxForm = 320

// AppendCanonical appends the canonical form of a value: what two spellings of
// one identifier have in common. v is decoded text, or a number as spelled.
// Unless the result is CanonOK nothing is appended. It does not allocate when
// dst has room.
//
//	imei       first 14 digits: neither check digit nor software version
//	meid       14 hex digits, upper case
//	imsi       digits
//	iccid      digits, upper case where a card has letters, without filler F
//	mac        12 hex digits, lower case; 16 of an EUI-64
//	ip         as RFC 5952 writes it; mapped IPv4 as IPv4; no zone, no port
//	phone      E.164 where the number tells its country or is a Chinese mobile number, else its digits
//	email      the domain in lower case
//	uuid       lower case with dashes
//	device     as uuid where it has that form, hex in lower case, else the text
//	idcard     letters in upper case, no separators; a Chinese number of 15 digits as its 18
//	bankcard   digits; an IBAN in upper case without spaces
//	plate      upper case, no separators
//
// All other classes are text: the value without the white space around it.
func AppendCanonical(dst []byte, c Class, v []byte) ([]byte, Canon) {
	v = trim(v)
	if len(v) == 0 || string(v) == unknownSSID {
		return dst, CanonPlaceholder
	}
	if isNobody(c, v) {
		return dst, CanonPlaceholder
	}
	if !hasForm(c) {
		return append(dst, v...), CanonOK
	}
	if len(v) > maxForm {
		return dst, CanonUnfit
	}
	if !isASCII(v) {
		return appendWide(dst, c, v)
	}
	return appendForm(dst, c, v)
}

func isASCII(v []byte) bool {
	const high = 0x8080808080808080
	for len(v) >= 8 {
		if binary.LittleEndian.Uint64(v)&high != 0 {
			return false
		}
		v = v[8:]
	}
	for _, c := range v {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func hasForm(c Class) bool {
	switch c {
	case IMEI, MEID, IMSI, ICCID, Serial, Device, UUID, MAC, IP, Phone, Email, IDCard, BankCard, Plate:
		return true
	}
	return false
}

// appendForm takes a trimmed value of a class that has a form.
func appendForm(dst []byte, c Class, v []byte) ([]byte, Canon) {
	switch c {
	case IMEI:
		return appendIMEI(dst, v)
	case MEID:
		return appendMEID(dst, v)
	case IMSI:
		return appendIMSI(dst, v)
	case ICCID:
		return appendICCID(dst, v)
	case Serial:
		return appendSerial(dst, v)
	case Device:
		return appendDevice(dst, v)
	case UUID:
		return appendUUID(dst, v)
	case MAC:
		return appendMAC(dst, v)
	case IP:
		return appendIP(dst, v)
	case Phone:
		return appendPhone(dst, v)
	case Email:
		return appendEmail(dst, v)
	case IDCard:
		return appendIDCard(dst, v)
	case BankCard:
		return appendBankCard(dst, v)
	}
	return appendPlate(dst, v)
}

// appendWide is appendForm of a value that is not ASCII. What is no UTF-8 has no
// form: to take separators out of it could make characters of its pieces.
func appendWide(dst []byte, c Class, v []byte) ([]byte, Canon) {
	if !utf8.Valid(v) {
		return dst, CanonUnfit
	}
	var buf [maxForm]byte
	v = trim(appendNarrow(buf[:0], v))
	if len(v) == 0 || isNobody(c, v) {
		return dst, CanonPlaceholder
	}
	return appendForm(dst, c, v)
}

// unknownSSID is what Android gives for the name of a network to an app that
// may not know it.
const unknownSSID = "<unknown ssid>"

// nobody are the words that programs write where an identifier is missing;
// "unknown" is android.os.Build.SERIAL itself.
var nobody = [...]string{"unknown", "null", "none", "nil", "undefined", "nan", "n/a", "(null)", "<null>", "-", "--"}

// isNobody reports whether the value is such a word. Names and places may be
// one, and text is what it is.
func isNobody(c Class, v []byte) bool {
	if len(v) > len("undefined") || c == None || c > Plate || c == Name {
		return false
	}
	for _, word := range nobody {
		if equalFold(v, word) {
			return true
		}
	}
	return false
}

// equalFold compares with a string in lower case, ASCII letters folded.
func equalFold(v []byte, lower string) bool {
	if len(v) != len(lower) {
		return false
	}
	for i, c := range v {
		if toLower(c) != lower[i] {
			return false
		}
	}
	return true
}

func toLower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func toUpper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isLetter(c byte) bool { return (c|0x20)-'a' < 26 }

// allZero reports whether an identifier's digits are zeros: a field that
// nobody filled in.
func allZero(digits []byte) bool {
	for _, c := range digits {
		if c != '0' {
			return false
		}
	}
	return true
}
