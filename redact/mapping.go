package redact

import (
	"errors"
	"fmt"

	"redactor/detect"
)

// MapKey is what of a value is looked up.
type MapKey uint8

const (
	MapWhole MapKey = iota // the text, without white space around it
	MapTAC                 // the type allocation code of an IMEI: its first eight digits (3GPP TS 23.003, 6.2)
	MapOUI                 // the organization of a MAC address: its first six hex digits (IEEE 802)
)

// String returns the key as the policy spells it.
func (k MapKey) String() string { return [...]string{"whole", "tac", "oui"}[k] }

// MapOptions are a table: Values[i] stands for Keys[i].
type MapOptions struct {
	By           MapKey
	Keys, Values []string
	Default      string // for what is not in the table
	HasDefault   bool   // false: that becomes null and is counted as unfit
}

// AppendMapKey appends a key of a table as values are compared with it: of a
// TAC eight digits, of an OUI six hex digits in lower case, with or without
// separators. It reports false when it is neither.
func AppendMapKey(dst []byte, by MapKey, key string) ([]byte, bool) {
	if by == MapWhole {
		key := trimSpace([]byte(key))
		return append(dst, key...), len(key) > 0
	}
	start := len(dst)
	for i := range len(key) {
		switch c := lower(key[i]); {
		case isDigit(c), by == MapOUI && c-'a' < 6:
			dst = append(dst, c)
		case c == ':' || c == '-' || c == '.':
		default:
			return dst[:start], false
		}
	}
	return dst, len(dst)-start == [...]int{MapTAC: 8, MapOUI: 6}[by]
}

// Map puts in the place of a value what a table says of it: the model group of
// an IMEI, the vendor of a MAC address, a group of a category. What comes out is
// the table's own text, never the value's. A MAC address that says of itself
// that it is random (locally administered) has no vendor: it gets the default.
//
// What stays linkable: everybody whose value has the same entry. A table of as
// many texts as there are values hides nothing.
func Map(o MapOptions) (Transform, error) {
	if len(o.Keys) != len(o.Values) || o.By > MapOUI {
		return Transform{}, errors.New("map: there is not one value for each key")
	}
	m := &mapping{by: o.By, values: o.Values}
	var names nameSet
	for i, key := range o.Keys {
		k, ok := AppendMapKey(nil, o.By, key)
		if !ok {
			return Transform{}, fmt.Errorf("map: a key is no %s", o.By)
		}
		if names.add(string(k)) != i {
			return Transform{}, errors.New("map: two keys are one")
		}
	}
	m.keys = newNameTable(names.names)
	name := fmt.Sprintf("map %d values", len(o.Keys))
	if o.By != MapWhole {
		name = fmt.Sprintf("map %s %d values", o.By, len(o.Keys))
	}
	if m.byDefault = ShapeUnfit; o.HasDefault {
		m.fallback, m.byDefault = o.Default, ShapeText
		name += fmt.Sprintf(" default %q", o.Default)
	}
	return Transform{OpApply, RankGeneralize, name, m}, nil
}

type mapping struct {
	by        MapKey
	keys      *nameTable
	values    []string
	fallback  string
	byDefault Shape // of what is not in the table
}

func (m *mapping) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindString, KindBool:
	case KindNumber:
		v = plainNumber(w, v)
	default:
		return dst, ShapeUnfit
	}
	key := trimSpace(v)
	if m.by != MapWhole {
		var c detect.Canon
		if key, c = m.key(w, v); c != detect.CanonOK {
			if c == detect.CanonPlaceholder {
				return dst, ShapeNull
			}
			return dst, ShapeUnfit
		}
	}
	if n := m.keys.find(key); n >= 0 {
		return append(dst, m.values[n]...), ShapeText
	}
	return append(dst, m.fallback...), m.byDefault
}

// key returns the part of an identifier that is looked up; of a random MAC
// address nothing, which is in no table.
func (m *mapping) key(w *worker, v []byte) ([]byte, detect.Canon) {
	class, n := detect.IMEI, 8
	if m.by == MapOUI {
		class, n = detect.MAC, 6
	}
	canon, c := detect.AppendCanonical(w.canon[:0], class, v)
	w.canon = canon
	if c != detect.CanonOK {
		return nil, c
	}
	if m.by == MapOUI && random(canon[1]) {
		return nil, c
	}
	return canon[:n], c
}

// random reports that the second hex digit of a MAC address has the bit that
// says locally administered.
func random(digit byte) bool {
	switch digit {
	case '2', '3', '6', '7', 'a', 'b', 'e', 'f':
		return true
	}
	return false
}
