package detect

// What an @ stands in: an e-mail address, or the user and password of a URL.

const (
	maxLocal       = 64  // RFC 5321, 4.5.3.1.1
	maxMailDomain  = 253 // RFC 1035, less the final dot
	maxCredentials = 128
)

// findAt judges the @ at p.
func (s *Scanner) findAt(p int) int {
	if s.set.Has(DetectCredentials) {
		if start := credentialsStart(s.text, p); start < p {
			s.add(start, p, DetectCredentials)
			return p + 1
		}
	}
	if s.set.Has(DetectEmail) {
		return s.findEmail(p)
	}
	return p + 1
}

// findEmail takes the dot-atoms of RFC 5321 without the signs that separate
// addresses from what is around them in URLs and code (= ? & / and quotes), and
// a domain of two labels and more whose last is of letters: not user@localhost.
// Names of files and units (icon@2x.png) have a domain that is none, and so do
// the address of a repository, git@host:path, and a module at a version. What is
// at openssh.com are the names of its ciphers (RFC 4251, section 6).
func (s *Scanner) findEmail(p int) int {
	t, start := s.text, p
	for start > 0 && p-start < maxLocal && isLocal(t[start-1]) {
		start--
	}
	for start < p && (t[start] == '.' || t[start] == '-') {
		start++
	}
	if start == p || t[p-1] == '.' {
		return p + 1
	}
	end, dot := p+1, 0
	for end < len(t) && end-p <= maxMailDomain && isDomain(t[end]) {
		if t[end] == '.' {
			if t[end-1] == '.' || t[end-1] == '@' {
				break
			}
			dot = end
		}
		end++
	}
	next := end
	for end > p+1 && (t[end-1] == '.' || t[end-1] == '-') {
		end--
		if end == dot {
			dot = lastDot(t, p, end)
		}
	}
	if dot > 0 && !punycode(t[dot+1:end]) { // what is glued to the letters of the last label is not of it
		last := dot + 1
		for last < end && isLetter(t[last]) {
			last++
		}
		if last > dot+1 {
			end = last
		}
	}
	for dot > 0 && startsWithOne(t[dot+1:end], files[:]) { // what is before the suffix of a file may be one
		end = dot
		dot = lastDot(t, p, end)
	}
	if dot == 0 || end-dot < 3 || !isTopLevel(t[dot+1:end]) || string(t[start:p]) == "git" && end < len(t) && t[end] == ':' {
		return p + 1
	}
	if !anyWord(t[start:p]) || isVersion(t[p+1:end]) || equalFold(t[p+1:end], "openssh.com") {
		return p + 1
	}
	s.add(start, end, DetectEmail)
	return next
}

// anyWord reports whether v has a letter or digit.
func anyWord(v []byte) bool {
	for _, c := range v {
		if isLetter(c) || isDigit(c) {
			return true
		}
	}
	return false
}

// isVersion reports whether v begins like the version of a module, v0.4.1-rc.two:
// three numbers, the last of which ends where a label or a word does.
func isVersion(v []byte) bool {
	if len(v) > 0 && v[0]|0x20 == 'v' {
		v = v[1:]
	}
	for part := range 3 {
		n := 0
		for n < len(v) && isDigit(v[n]) {
			n++
		}
		switch {
		case n == 0:
			return false
		case part == 2:
			return n == len(v) || v[n] == '-' || v[n] == '+'
		case n == len(v) || v[n] != '.':
			return false
		}
		v = v[n+1:]
	}
	return false
}

func lastDot(t []byte, p, end int) int {
	for i := end - 1; i > p; i-- {
		if t[i] == '.' {
			return i
		}
	}
	return 0
}

// isTopLevel reports whether a label could be a top-level domain: letters, or
// the ASCII form of others (RFC 5890).
func isTopLevel(v []byte) bool {
	if punycode(v) {
		return true
	}
	for _, c := range v {
		if !isLetter(c) {
			return false
		}
	}
	return true
}

// files are suffixes of files, and kinds of units of systemd, that are no
// top-level domains: icon@2x.png, lodash@4.17.21.tgz, user@1000.service.
var files = [...]string{"png", "jpg", "jpeg", "gif", "webp", "svg", "tgz", "tar", "gz", "jar", "js", "mjs", "cjs", "jsx", "tsx", "css", "json", "log", "txt", "html", "htm", "php", "java", "kt", "cpp", "yml", "yaml", "xml",
	"service", "socket", "mount", "timer", "slice", "scope", "exe", "dll", "apk", "aar", "ipa", "deb", "rpm", "whl", "lock", "utf"}

func punycode(v []byte) bool { return len(v) > 4 && equalFold(v[:4], "xn--") }

func isLocal(c byte) bool {
	switch c {
	case '.', '-', '_', '+', '%', '!', '#', '$', '*', '^', '~', '`', '{', '}', '|':
		return true
	}
	return isLetter(c) || isDigit(c)
}

func isDomain(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' || c == '-' }

// credentialsStart returns where user:password before the @ at p begins
// (RFC 3986, 3.2.1), or p when there is none.
func credentialsStart(t []byte, p int) int {
	colon := false
	for i := p; i > 0 && p-i < maxCredentials; i-- {
		switch c := t[i-1]; {
		case c == '/':
			if colon && i > 2 && t[i-2] == '/' && t[i-3] == ':' {
				return i
			}
			return p
		case c == ':':
			colon = true
		case c <= ' ', c == '"', c == '<', c == '>', c == '@':
			return p
		}
	}
	return p
}
