package redact

import "bytes"

// URLPart is how much of a URL stays.
type URLPart uint8

const (
	URLPath  URLPart = iota // scheme, host and the template of the path
	URLHost                 // scheme and host
	URLQuery                // scheme, host, the template of the path, and what the catalog names of the query
)

// urlQueryFormat is how a query is written: as a form is.
var urlQueryFormat = &format{kind: FormatForm}

// URL keeps of a URL its scheme, its host and the template of its path:
// https://u:p@shop.example.com:8443/users/alice/orders/10023?q=x#y becomes
// https://shop.example.com/users/{id}/orders/{id}. User information, port,
// query and fragment go. An address as the host becomes {ip}, and a label of
// the host or a segment of the path that is not plainly a word becomes {id}, as
// does whatever follows a word such as "users". A path alone ("/a/b?c") stays a
// path.
//
// A text that is no URL with "://" and a host, or a path, cannot be taken, nor
// can file: URLs, which hold people's names. What stays linkable: everybody who
// uses the same pages. A word that is a name stays a word: /alice.
//
// With URLQuery the query is a record within the record (see Nested): each of
// its parameters is a field by its name.
func URL(keep URLPart) Transform {
	switch keep {
	case URLHost:
		return Transform{OpApply, RankGeneralize, "url host", keep}
	case URLQuery:
		return Transform{op: OpApply, rank: RankGeneralize, name: "url query", fn: urlQuery{}}
	}
	return Transform{OpApply, RankGeneralize, "url", URLPath}
}

// urlQuery is URLQuery. Unlike the others it writes values on purpose, those of
// the parameters, and has them guarded where they are made.
type urlQuery struct{}

func (urlQuery) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	out, shape := URLPath.apply(w, dst, v, k)
	if shape != ShapeText {
		return out, shape
	}
	return appendQuery(w, out, len(dst), trimSpace(v))
}

func (keep URLPart) apply(_ *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	v = trimSpace(v)
	if k != KindString || !urlBytes(v) {
		return dst, ShapeUnfit
	}
	start := len(dst)
	if len(v) == 0 || v[0] != '/' || len(v) > 1 && v[1] == '/' {
		var ok bool
		if dst, v, ok = appendOrigin(dst, v); !ok {
			return dst[:start], ShapeUnfit
		}
	} else if keep == URLHost {
		return dst, ShapeUnfit
	}
	if keep == URLPath {
		dst = appendPathTemplate(dst, v)
	}
	return dst, ShapeText
}

// appendQuery appends what of the query of v may stay, with its question mark,
// to its path, which begins at dst[begin].
func appendQuery(w *worker, dst []byte, begin int, v []byte) ([]byte, Shape) {
	v, ok := queryOf(v)
	if !ok || w.m == nil || w.m.nest.level == maxNesting {
		return dst, ShapeText
	}
	n := w.m.within(urlQueryFormat)
	n.nest.value = append(n.nest.value[:0], v...)
	if n.Scan(n.nest.value).Outcome != Passed {
		return dst, ShapeText
	}
	switch out, verdict := n.renderWithin(w); {
	case verdict.Outcome == Quarantined:
		w.m.refuse(n, verdict)
		return dst[:begin], ShapeRefused
	case len(out) > 0:
		dst = append(append(dst, '?'), out...)
	}
	return dst, ShapeText
}

// queryOf returns what is between the question mark of a URL and its fragment.
func queryOf(v []byte) (query []byte, ok bool) {
	if i := bytes.IndexByte(v, '#'); i >= 0 {
		v = v[:i]
	}
	_, query, ok = bytes.Cut(v, []byte("?"))
	return query, ok
}

// urlBytes reports that nothing in v is read in one way here and in another one
// by a browser: white space, control characters, backslashes.
func urlBytes(v []byte) bool {
	for _, c := range v {
		if c <= ' ' || c == '\\' || c == 0x7F {
			return false
		}
	}
	return true
}

// appendOrigin appends scheme and host and returns what is behind them.
func appendOrigin(dst, v []byte) (out, rest []byte, ok bool) {
	n := 0
	for n < len(v) && (plainLetter(v[n]) || n > 0 && (isDigit(v[n]) || v[n] == '+' || v[n] == '-' || v[n] == '.')) {
		n++
	}
	scheme := v[:n]
	v = v[n:]
	if n > 0 {
		if len(v) == 0 || v[0] != ':' || n > maxScheme || n == 4 && foldEqual(scheme, "file") {
			return dst, nil, false
		}
		v = v[1:]
		for _, c := range scheme {
			dst = append(dst, lower(c))
		}
		dst = append(dst, ':')
	}
	if len(v) < 3 || v[0] != '/' || v[1] != '/' {
		return dst, nil, false
	}
	v = v[2:]
	end := 0
	for end < len(v) && v[end] != '/' && v[end] != '?' && v[end] != '#' {
		end++
	}
	dst, ok = appendHost(append(dst, "//"...), v[:end])
	return dst, v[end:], ok
}

// maxScheme is longer than any scheme in use.
const maxScheme = 24

// appendHost appends the host of an authority: [user@]host[:port].
func appendHost(dst, v []byte) ([]byte, bool) {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i] == '@' {
			v = v[i+1:]
			break
		}
	}
	if len(v) > 0 && v[0] == '[' {
		return append(dst, "{ip}"...), true
	}
	for i, c := range v {
		if c == ':' {
			v = v[:i]
			break
		}
	}
	for len(v) > 0 && v[len(v)-1] == '.' {
		v = v[:len(v)-1]
	}
	if len(v) == 0 {
		return dst, false
	}
	if last := lastLabel(v); isDigit(last[0]) {
		return append(dst, "{ip}"...), true // no top level domain begins with a digit
	}
	for {
		n := 0
		for n < len(v) && v[n] != '.' {
			if c := v[n]; c < 0x80 && !plainLetter(c) && !isDigit(c) && c != '-' && c != '_' {
				return dst, false
			}
			n++
		}
		if isWord(v[:n], 4) {
			for _, c := range v[:n] {
				dst = append(dst, lower(c))
			}
		} else {
			dst = append(dst, "{id}"...)
		}
		if n == len(v) {
			return dst, true
		}
		dst = append(dst, '.')
		v = v[n+1:]
	}
}

func lastLabel(v []byte) []byte {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i] == '.' {
			return v[i+1:]
		}
	}
	return v
}

// appendPathTemplate appends a path with its ids taken out; what begins with ?
// or # is the end of it.
func appendPathTemplate(dst, v []byte) []byte {
	id := false // the segment before says that this one is somebody's
	for len(v) > 0 && v[0] == '/' {
		n := 1
		for n < len(v) && v[n] != '/' && v[n] != '?' && v[n] != '#' {
			n++
		}
		segment := v[1:n]
		v = v[n:]
		dst = append(dst, '/')
		switch {
		case len(segment) == 0:
		case !id && isSegment(segment):
			dst = append(dst, segment...)
		default:
			dst = append(dst, "{id}"...)
		}
		id = namesPeople(segment)
	}
	return dst
}

const (
	// maxWord is longer than words are and shorter than tokens.
	maxWord = 24
	// minHexWord is where letters of hex digits alone stop being words: "facade"
	// and "decade" are.
	minHexWord = 7
)

// isSegment reports whether a segment is made of words, or is a version: v2.
// Words may be joined: order-items.json.
func isSegment(s []byte) bool {
	if len(s) > 2*maxWord {
		return false
	}
	for i := 0; i <= len(s); {
		n := i
		for n < len(s) && s[n] != '-' && s[n] != '_' && s[n] != '.' {
			if !plainLetter(s[n]) && !isDigit(s[n]) {
				return false
			}
			n++
		}
		digits := 0
		if n-i > 1 && n-i <= 3 && lower(s[i]) == 'v' {
			digits = 2 // a version
		}
		if n == i || !isWord(s[i:n], digits) {
			return false
		}
		i = n + 1
	}
	return true
}

// isWord reports whether s is a word: letters and at most so many digits, no
// hex, and no more capitals among small letters than words joined have. Tokens
// in base64 have as many of either.
func isWord(s []byte, digits int) bool {
	if len(s) == 0 || len(s) > maxWord {
		return false
	}
	hex, capitals := true, 0
	for _, c := range s {
		if c-'A' < 26 {
			capitals++
		}
		if isDigit(c) {
			digits--
		} else if c = lower(c); c < 'a' || c > 'f' {
			hex = false
		}
	}
	mixed := capitals < len(s) && capitals > 2 && 3*capitals > len(s)
	return digits >= 0 && !mixed && !(hex && len(s) >= minHexWord)
}

// peoples are segments that are followed by whose something is.
var peoples = [...]string{
	"user", "users", "u", "uid", "member", "members", "account", "accounts", "profile", "profiles", "people", "person", "customer", "customers",
	"author", "authors", "by", "id", "device", "devices", "session", "sessions", "order", "orders", "token", "invite", "share", "s", "home",
}

func namesPeople(segment []byte) bool {
	for _, p := range &peoples {
		if foldEqual(segment, p) {
			return true
		}
	}
	return false
}

// foldEqual compares ASCII letters without case; word is in lower case.
func foldEqual(s []byte, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i, c := range s {
		if lower(c) != word[i] {
			return false
		}
	}
	return true
}

func plainLetter(c byte) bool { return lower(c)-'a' < 26 }

func lower(c byte) byte {
	if c-'A' < 26 {
		return c | 0x20
	}
	return c
}
