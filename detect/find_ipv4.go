package detect

// findIPv4 judges the four numbers whose first ends at p. A version number has
// the same form: one behind a word for version, in front of the suffix of an
// archive, or as browsers write theirs (Chrome/120.0.0.0) is none.
func (s *Scanner) findIPv4(p int) int {
	t, start := s.text, p
	for start > 0 && p-start < 3 && isDigit(t[start-1]) {
		start--
	}
	end := quadEnd(t, start)
	if end == 0 {
		return p + 1
	}
	if start > 0 {
		switch c := t[start-1]; {
		case isDigit(c), c == '~', c == '.' && start > 1 && isDigit(t[start-2]), isLetter(c) && !freeBefore(t, start):
			return p + 1
		case isLetter(c) && announces(t[:start], start, wordsVersion):
			return end
		}
	}
	if notAnAddress(t, start, end) || label(t, start, wordsVersion) {
		return end
	}
	s.add(start, end, DetectIPv4)
	return end
}

// quadEnd returns where four numbers below 256 without leading zeros, and no
// fifth, end, or 0.
func quadEnd(t []byte, i int) int {
	end := quadPrefix(t, i)
	if end == 0 || end < len(t) && (isDigit(t[end]) || t[end] == '.' && end+1 < len(t) && isDigit(t[end+1]) && !isDottedPort(t[end+1:]) || !freeAfterQuad(t, end)) {
		return 0
	}
	return end
}

// isDottedPort reports whether v begins with a port as tcpdump writes it behind an
// address and a dot: 192.0.2.1.443 > … A fifth part of a version is smaller, and
// no arrow or colon follows it.
func isDottedPort(v []byte) bool {
	n, port := 0, 0
	for n < len(v) && n < 6 && isDigit(v[n]) {
		port = port*10 + int(v[n]-'0')
		n++
	}
	if n == len(v) || port > 65535 || v[n] == '.' || isDigit(v[n]) || isLetter(v[n]) {
		return false
	}
	return len(v) > n+1 && (v[n] == ' ' && v[n+1] == '>' || v[n] == ':' && v[n+1] == ' ')
}

// quadPrefix is quadEnd without a look at what follows.
func quadPrefix(t []byte, i int) int {
	for part := range 4 {
		value, width := 0, 0
		for i < len(t) && isDigit(t[i]) {
			if value = value*10 + int(t[i]-'0'); value > 255 || width > 0 && t[i-width] == '0' {
				return 0
			}
			i++
			width++
		}
		switch {
		case width == 0:
			return 0
		case part < 3 && (i == len(t) || t[i] != '.'):
			return 0
		case part < 3:
			i++
		}
	}
	return i
}

// freeAfterQuad: a word may be glued to an address when hex digits are not.
func freeAfterQuad(t []byte, end int) bool {
	return end == len(t) || !isLetter(t[end]) || freeAfter(t, end)
}

// archives are what a file with a version in its name ends in.
var archives = [...]string{"jar", "apk", "aar", "so", "dll", "zip", "tgz", "tar", "gz", "exe", "deb", "rpm", "whl", "msi", "pkg", "dmg", "ipa", "hap", "js", "css"}

// stages are what stands behind the dash of a version.
var stages = [...]string{"alpha", "beta", "rc", "snapshot", "release", "final", "dev", "pre", "debug", "nightly", "stable"}

// packageWords follow the version of a package in the logs of Android.
var packageWords = [...]string{"targetsdk", "minsdk", "versioncode", "(build"}

func notAnAddress(t []byte, start, end int) bool {
	v := t[start:end]
	if string(v) == "0.0.0.0" || len(v) > 8 && string(v[:8]) == "255.255." {
		return true // nobody, and a net mask
	}
	if start > 1 && t[start-1] == '/' && isLetter(t[start-2]) && len(v) > 4 && string(v[len(v)-4:]) == ".0.0" {
		return true
	}
	if isPackage(t, start, end) {
		return true
	}
	if end < len(t) && t[end] == ' ' && startsWithOne(t[end+1:], packageWords[:]) {
		return true
	}
	if end < len(t) && t[end] == '-' && startsWithOne(t[end+1:], stages[:]) {
		return true
	}
	return end < len(t) && t[end] == '.' && startsWithOne(t[end+1:], archives[:])
}

// startsWithOne reports whether t begins with one of the words, in any case, and no letter follows.
func startsWithOne(t []byte, ws []string) bool {
	for _, w := range ws {
		if len(t) >= len(w) && equalFold(t[:len(w)], w) && (len(t) == len(w) || !isLetter(t[len(w)])) {
			return true
		}
	}
	return false
}

// relations stand before the version of a package that another one needs, and
// architectures before that of one which is installed.
var (
	relations     = [...]string{">= ", "<= ", "<< ", ">> ", "~> "}
	architectures = [...]string{":all ", ":amd64 ", ":arm64 ", ":i386 ", "<none> ", "_", "("}
)

// isPackage reports whether t[start:end] is the version of a package as dpkg and
// apt write it: (>= 0.99.7.1), or with a revision, alsa-ucm-conf:all 1.2.5.1-2.
func isPackage(t []byte, start, end int) bool {
	if start > 2 && isDigit(t[start-2]) && t[start-1] == ':' { // an epoch
		start -= 2
	}
	if start > 2 && t[start-1] == ' ' && !isLetter(t[start-2]) {
		for _, r := range relations {
			if string(t[start-len(r):start]) == r {
				return true
			}
		}
	}
	if end+1 >= len(t) || t[end] != '-' || !isDigit(t[end+1]) {
		return false
	}
	n := end + 2
	for n < len(t) && n < end+3 && isDigit(t[n]) {
		n++
	}
	if n < len(t) && t[n] != ' ' && t[n] != ')' && t[n] != '_' && t[n] != '\n' {
		return false
	}
	for _, a := range architectures {
		if start >= len(a) && string(t[start-len(a):start]) == a {
			return true
		}
	}
	return false
}
