package redact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"redactor/detect"
	"redactor/pseudonym"
)

// FPEOptions say how a class of identifiers is encrypted into values of its
// own format.
type FPEOptions struct {
	Class detect.Class // IMEI, IMSI, ICCID, MAC, Phone, IDCard or BankCard
	FF1   *pseudonym.FF1

	// Keep is how many leading digits stay; 0 stays with the class: TAC of an
	// IMEI (8), MCC and MNC of an IMSI, issuer of an ICCID (7), country and three
	// digits of a phone number, region of an ID card (6), BIN of a bank card (6).
	// KeepNone keeps nothing of an IMEI.
	Keep int

	// KeepLast is how many digits before the check digit stay, of bank cards.
	KeepLast int

	// ValidCheck gives the result a right check digit. Without it the check
	// digit is wrong on purpose, so that nobody takes the result for a value that
	// was issued, where the class has one.
	ValidCheck bool
}

// KeepNone is FPEOptions.Keep of an IMEI that keeps not even its type.
const KeepNone = -1

// FPERadix is the radix that the FF1 of a class must have.
func FPERadix(c detect.Class) int {
	if c == detect.MAC {
		return 2
	}
	return 10
}

// FPE puts in the place of an identifier another one of the same format: FF1 of
// NIST SP 800-38G over the digits that are not kept, with the kept ones, and
// the class, as the tweak. Separators stay where they are. The result is never
// the value itself.
//
// It is for schemas that ask for the format. A result may be somebody else's
// identifier: a wrong check digit, or the bit of a MAC that says "locally
// administered", marks it as made up where the format allows. Whoever holds the
// key can decrypt; what is kept stays readable, and records of one value stay
// linkable within the key's profile, domain and epoch.
//
// A domain of fewer than 10^6 values is refused: a table of it is no work.
func FPE(o FPEOptions) (Transform, error) {
	r := &fpe{ff1: o.FF1, class: o.Class, keep: o.Keep, keepLast: o.KeepLast, valid: o.ValidCheck}
	if o.FF1 == nil {
		return Transform{}, errors.New("fpe: there is no key")
	}
	if o.KeepLast != 0 && o.Class != detect.BankCard {
		return Transform{}, errors.New("fpe: keep_last is for bank cards")
	}
	values := 0.0 // in the smallest domain that values of the class have
	switch o.Class {
	case detect.IMEI:
		r.recipe = (*fpe).imei
		if r.keep == 0 {
			r.keep = 8
		}
		r.keep = max(r.keep, 0)
		values = math.Pow10(14 - r.keep)
	case detect.IMSI:
		r.recipe = (*fpe).imsi
		values = math.Pow10(15 - max(r.keep, 6))
	case detect.ICCID:
		r.recipe = (*fpe).iccid
		if r.keep == 0 {
			r.keep = 7
		}
		values = math.Pow10(18 - r.keep)
	case detect.MAC:
		r.recipe = (*fpe).mac
		if r.keep != 0 {
			return Transform{}, errors.New("fpe: a MAC keeps nothing; its vendor is a field of its own")
		}
		values = 1 << 46
	case detect.Phone:
		r.recipe = (*fpe).phone
		if r.keep == 0 {
			r.keep = 3
		}
		values = math.Pow10(11 - r.keep)
	case detect.IDCard:
		r.recipe = (*fpe).idCard
		values = idRanks
		switch {
		case r.keep > 10:
			values = math.Pow10(max(17-r.keep, 0))
		case r.keep > 6:
			values = 366 * 1000 // region and birth year known
		case r.keep != 0 && r.keep != 6:
			return Transform{}, errors.New("fpe: an ID card keeps its region, 6 digits")
		}
	case detect.BankCard:
		r.recipe = (*fpe).bankCard
		if r.keep == 0 {
			r.keep = 6
		}
		values = math.Pow10(15 - r.keep - r.keepLast)
	default:
		return Transform{}, fmt.Errorf("fpe: there is no recipe for %s", o.Class)
	}
	if r.keep < 0 || r.keepLast < 0 {
		return Transform{}, errors.New("fpe: the number of digits to keep is negative")
	}
	if values < pseudonym.FF1MinDomain {
		return Transform{}, fmt.Errorf("fpe: with so much kept there are %.0f values of %s; at least %d are needed", math.Floor(values), o.Class, pseudonym.FF1MinDomain)
	}
	name := "fpe " + o.Class.String()
	if o.Keep > 0 || o.Class == detect.IMEI && o.Keep == KeepNone {
		name += fmt.Sprintf(" keep %d", r.keep)
	}
	if r.keepLast > 0 {
		name += fmt.Sprintf(" and last %d", r.keepLast)
	}
	return Transform{OpApply, RankPseudonym, name, r}, nil
}

type fpe struct {
	ff1            *pseudonym.FF1
	recipe         func(f *fpe, s *fpeScratch) bool
	class          detect.Class
	keep, keepLast int
	valid          bool
}

// maxFPE is the most digits that a value of any class has.
const maxFPE = 32

// fpeScratch is where one value is worked on: the digits of it, which a recipe
// encrypts in place.
type fpeScratch struct {
	ff1   pseudonym.FF1Scratch
	d     [maxFPE]byte // the value's digits, as numbers
	n     int
	canon []byte           // the value's canonical form
	plain [64]byte         // what was encrypted, to see that it changed
	text  [maxFPEText]byte // the numerals of a text
	bits  [48]byte
	tweak [48]byte
}

func (f *fpe) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if len(v) > maxTableValue {
		return f.compute(w, dst, v, k)
	}
	if w.results == nil {
		w.results = newResultTable()
	}
	s, key := w.results.slot(v)
	if s.holds(key, f, k) {
		return append(dst, s.text[:s.n]...), s.shape
	}
	out, shape := f.compute(w, dst, v, k)
	if shape <= ShapeNumber {
		s.put(key, f, k, out[len(dst):], shape)
	}
	return out, shape
}

// compute is apply without the table.
func (f *fpe) compute(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindString:
	case KindNumber:
		v = plainNumber(w, v)
	default:
		return dst, ShapeUnfit
	}
	// The canonical form decides whether this is a value of the class, and
	// whether it is anybody.
	canon, c := detect.AppendCanonical(w.canon[:0], f.class, v)
	w.canon = canon
	if c == detect.CanonPlaceholder {
		return dst, ShapeNull
	}
	if c != detect.CanonOK {
		return dst, ShapeUnfit
	}
	if w.fpe == nil {
		w.fpe = new(fpeScratch)
	}
	s := w.fpe
	s.canon = canon
	if !s.read(v, f.class == detect.MAC) || !f.recipe(f, s) {
		return dst, ShapeUnfit
	}
	dst = s.write(dst, v, f.class == detect.MAC)
	if k == KindNumber && s.d[0] != 0 {
		return dst, ShapeNumber // a number does not begin with a zero
	}
	if alphanumeric(v) {
		return dst, ShapePlain
	}
	return dst, ShapeText
}

// read takes the digits of v. Values that are not of the layouts that write
// can give back are refused: full-width digits, letters among the digits.
func (s *fpeScratch) read(v []byte, hex bool) bool {
	s.n = 0
	for i, c := range v {
		d := byte(255)
		switch {
		case isDigit(c):
			d = c - '0'
		case hex && (c|0x20)-'a' < 6:
			d = c | 0x20 - 'a' + 10
		case isFiller(v, i):
			continue
		case c == '+' || c == '(' || c == ')' || c == ' ' || c == '-' || c == '.' || c == '/' || c == ':' || c == '_':
			continue
		}
		if d == 255 || s.n == maxFPE {
			return false
		}
		s.d[s.n] = d
		s.n++
	}
	return s.n > 0
}

// isFiller reports whether v[i] is the letter that ends an ICCID of 19 digits
// or a citizen's number: it stays, or the recipe writes its place anew.
func isFiller(v []byte, i int) bool {
	return i == len(v)-1 && i > 0 && (v[i]|0x20 == 'f' || v[i]|0x20 == 'x')
}

// write appends v with its digits replaced.
func (s *fpeScratch) write(dst, v []byte, hex bool) []byte {
	upper := false
	for _, c := range v {
		upper = upper || c-'A' < 26
	}
	k := 0
	for i, c := range v {
		switch {
		case isDigit(c) || hex && (c|0x20)-'a' < 6 || k < s.n && isFiller(v, i) && c|0x20 == 'x':
			d := s.d[k]
			k++
			switch {
			case d < 10:
				c = '0' + d
			case !hex:
				c = 'X'
			case upper:
				c = 'A' + d - 10
			default:
				c = 'a' + d - 10
			}
		}
		dst = append(dst, c)
	}
	return dst
}

// encrypt replaces the numerals x under a tweak of the class and kept digits. A
// value that FF1 maps to itself, one in a million of the smallest domains, is
// mapped again under another tweak: at that rate two values may come to share
// one image, which is less harm than a value that is its own pseudonym.
func (f *fpe) encrypt(s *fpeScratch, typ string, kept, x []byte) bool {
	plain := s.plain[:copy(s.plain[:], x)]
	tweak := s.tweakOf(typ, kept)
	for {
		if !f.ff1.Encrypt(&s.ff1, x, tweak) {
			return false
		}
		if string(x) != string(plain) {
			return true
		}
		tweak = append(tweak, '+')
	}
}

// tweakOf is LP(type, kept): two lists of parts never give the same tweak. kept
// are digits as numbers, or "full".
func (s *fpeScratch) tweakOf(typ string, kept []byte) []byte {
	t := binary.BigEndian.AppendUint16(s.tweak[:0], uint16(len(typ)))
	t = append(t, typ...)
	if kept == nil {
		return append(binary.BigEndian.AppendUint16(t, 4), "full"...)
	}
	t = binary.BigEndian.AppendUint16(t, uint16(len(kept)))
	for _, d := range kept {
		t = append(t, '0'+d)
	}
	return t
}
