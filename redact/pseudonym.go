package redact

import (
	"errors"
	"fmt"
	"strconv"

	"redactor/detect"
	"redactor/pseudonym"
)

// PseudonymOptions say whose pseudonyms are made and how they are written.
type PseudonymOptions struct {
	Subkey *pseudonym.Subkey
	Class  detect.Class       // canonical form and type of the value
	As     pseudonym.Alphabet // base62 unless set
	Prefix string             // before the pseudonym: at most 32 of 0-9A-Za-z-._:/@+*
	Test   bool               // the key is a test key: "test_" goes before all else
}

// maxPrefix keeps a prefix a mark; a longer one is a mistake that every value
// would carry.
const maxPrefix = 32

// testPrefix tells the reader of an output that its pseudonyms protect nothing.
const testPrefix = "test_"

// Pseudonym puts in the place of an identifier the pseudonym that its canonical
// form has under a key (package pseudonym): ISO/IEC 20889 8.4, deterministic
// and keyed. A value that has not the form of its class is an identifier still:
// its text without the white space around it has a pseudonym. A placeholder,
// which is nobody, becomes null. A boolean cannot have one.
//
// What stays linkable: records of one value within the subkey's profile,
// domain and epoch, and with them how often each value occurs. Who holds the
// key can find the value by trying; nobody else can.
func Pseudonym(o PseudonymOptions) (Transform, error) {
	switch {
	case o.Subkey == nil:
		return Transform{}, errors.New("pseudonym: there is no key")
	case o.As > pseudonym.Decimal:
		return Transform{}, errors.New("pseudonym: there is no such alphabet")
	case len(o.Prefix) > maxPrefix:
		return Transform{}, fmt.Errorf("pseudonym: a prefix of more than %d characters", maxPrefix)
	case !isPlain(o.Prefix):
		return Transform{}, errors.New("pseudonym: a prefix is of letters, digits and -._:/@+* only")
	}
	name := "pseudonym"
	if o.As != pseudonym.Base62 {
		name += " " + o.As.String()
	}
	if o.Prefix != "" {
		name += " prefix " + strconv.Quote(o.Prefix)
	}
	p := &pseudonymizer{key: o.Subkey, class: o.Class, typ: o.Class.String(), as: o.As, prefix: o.Prefix}
	if o.Test {
		p.prefix = testPrefix + o.Prefix
	}
	return Transform{OpApply, RankPseudonym, name, p}, nil
}

type pseudonymizer struct {
	key    *pseudonym.Subkey
	class  detect.Class
	typ    string
	as     pseudonym.Alphabet
	prefix string
}

func (p *pseudonymizer) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	sum, shape := w.keyed(p.key, p.class, p.typ, v, k)
	if shape != ShapePlain {
		return dst, shape
	}
	return p.append(dst, sum, k)
}

func (p *pseudonymizer) append(dst []byte, sum [16]byte, k Kind) ([]byte, Shape) {
	dst = append(dst, p.prefix...)
	dst = p.as.Append(dst, sum)
	if p.as == pseudonym.Decimal && k == KindNumber && p.prefix == "" {
		return dst, ShapeNumber
	}
	return dst, ShapePlain
}

// keyed returns the PRF of a value's canonical form. ShapePlain says that there
// is one: a value of another kind is unfit, and nobody's is null. What is not of
// its class's form counts as the text that it is.
func (w *worker) keyed(key *pseudonym.Subkey, class detect.Class, typ string, v []byte, k Kind) (sum [16]byte, shape Shape) {
	if w.canon, shape = w.canonical(w.canon[:0], class, v, k); shape != ShapePlain {
		return sum, shape
	}
	return w.hasher.Sum(key, typ, w.canon), ShapePlain
}

// canonical appends the canonical form of a value, for keyed, and makes sure
// that there is a hasher.
func (w *worker) canonical(dst []byte, class detect.Class, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindString:
	case KindNumber:
		v = plainNumber(w, v)
	default:
		return dst, ShapeUnfit
	}
	canon, c := detect.AppendCanonical(dst, class, v)
	if c == detect.CanonUnfit {
		canon, c = detect.AppendCanonical(canon[:0], detect.None, v)
	}
	if c != detect.CanonOK {
		return canon, ShapeNull
	}
	if w.hasher == nil {
		w.hasher = pseudonym.NewHasher()
	}
	return canon, ShapePlain
}

// A pseudonymAhead is the PRF of a node that has not been rendered yet: two
// cost little more than one.
type pseudonymAhead struct {
	node  int // 0 is none: the root has no other node before it
	sum   [16]byte
	canon []byte // scratch
}

// farAhead is how many nodes may be between two that are computed together.
const farAhead = 16

// applyPseudonym is p.apply for node n.
func (r *renderer) applyPseudonym(n int, p *pseudonymizer, v []byte, k Kind) ([]byte, Shape) {
	w := &r.m.w
	if w.ahead.node == n && n > 0 {
		return p.append(r.dst, w.ahead.sum, k)
	}
	var shape Shape
	if w.canon, shape = w.canonical(w.canon[:0], p.class, v, k); shape != ShapePlain {
		return r.dst, shape
	}
	next, q := r.nextPseudonym(n)
	if q != nil {
		nd := &r.m.tape[next]
		w.ahead.canon, shape = w.canonical(w.ahead.canon[:0], q.class, r.m.text(nd), nd.kind())
	}
	if q == nil || shape != ShapePlain {
		return p.append(r.dst, w.hasher.Sum(p.key, p.typ, w.canon), k)
	}
	var sum [16]byte
	sum, w.ahead.sum = w.hasher.Sum2(p.key, q.key, p.typ, q.typ, w.canon, w.ahead.canon)
	w.ahead.node = next
	return p.append(r.dst, sum, k)
}

// nextPseudonym returns the next node soon after n whose value becomes a
// pseudonym, if it is rendered at all.
func (r *renderer) nextPseudonym(n int) (int, *pseudonymizer) {
	tape, actions := r.m.tape, r.m.rules.actions[r.profile]
	for i := n + 1; i < min(n+farAhead, len(tape)); i++ {
		nd := &tape[i]
		if k := nd.kind(); k != KindString && k != KindNumber {
			continue
		}
		if a := actions[nd.meta&ruleMask]; a.op() == opApply {
			if q, ok := r.m.prog.spec.Profiles[r.profile].Transforms[a.field()].fn.(*pseudonymizer); ok {
				return i, q
			}
		}
	}
	return 0, nil
}

// plainNumber spells a number without exponent or useless zeros, so that it has
// the pseudonym of the string of its digits. Most are spelled so already.
func plainNumber(w *worker, v []byte) []byte {
	if isPlainNumber(v) {
		return v
	}
	if plain, ok := detect.AppendNumber(w.number[:0], v); ok {
		w.number = plain
		return plain
	}
	return v
}

// isPlainNumber: digits and at most one point, with no zero behind it that
// carries nothing, and no minus on a zero.
func isPlainNumber(v []byte) bool {
	points := 0
	for i, c := range v {
		switch {
		case isDigit(c), c == '-' && i == 0:
		case c == '.' && points == 0:
			points++
		default:
			return false
		}
	}
	if points == 0 {
		return string(v) != "-0"
	}
	return v[len(v)-1] != '0'
}
