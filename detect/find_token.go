package detect

// Long words with digits among them: JSON Web Tokens and the keys of services.

// keyPrefixes are what the keys of services begin with, and how long they are
// at least: what their makers document, and secret scanners look for.
var keyPrefixes = [...]struct {
	prefix  string
	minimum int
}{
	{"AKIA", 20}, {"ASIA", 20}, // Amazon Web Services
	{"AIza", 39}, {"ya29.", 30}, // Google
	{"ghp_", 40}, {"gho_", 40}, {"ghu_", 40}, {"ghs_", 40}, {"ghr_", 40}, {"github_pat_", 50}, // GitHub
	{"glpat-", 26},                                             // GitLab
	{"xoxb-", 24}, {"xoxp-", 24}, {"xoxa-", 24}, {"xoxs-", 24}, // Slack
	{"sk_live_", 24}, {"rk_live_", 24}, {"pk_live_", 24}, // Stripe
	{"sk-", 32}, {"SG.", 40}, {"npm_", 40}, {"pypi-", 40}, // OpenAI, SendGrid, npm, PyPI
	{"LTAI", 16}, {"AKID", 20}, // Alibaba Cloud, Tencent Cloud
}

// tokenReach is how far before its first long part a token may begin.
const tokenReach = 64

// findToken judges the word that p is in: wherever in it letters begin, a token may.
func (s *Scanner) findToken(p int) int {
	t, start := s.text, p
	for start > s.after[familyToken] && p-start < tokenReach && (isBase64URL(t[start-1]) || t[start-1] == '.') {
		start--
	}
	end := p
	for end < len(t) && isBase64URL(t[end]) {
		end++
	}
	for from := start; from <= p; from++ {
		if from > start && (isLetter(t[from-1]) || isDigit(t[from-1])) {
			continue
		}
		if last := jwtEnd(t, from); last > 0 && s.set.Has(DetectJWT) {
			s.add(from, last, DetectJWT)
			return last
		}
		if last := keyEnd(t, from, end); last > 0 && s.set.Has(DetectAPIKey) {
			s.add(from, last, DetectAPIKey)
			return last
		}
	}
	return end
}

func isBase64URL(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' || c == '_' }

// jwtEnd returns where the token at i ends (RFC 7519: three parts of base64url,
// the first of which is an object, so it begins {" ), or 0.
func jwtEnd(t []byte, i int) int {
	if len(t)-i < 20 || string(t[i:i+3]) != "eyJ" {
		return 0
	}
	for part := range 3 {
		from := i
		for i < len(t) && isBase64URL(t[i]) {
			i++
		}
		switch {
		case part < 2 && (i-from < 4 || i == len(t) || t[i] != '.'):
			return 0
		case part < 2:
			i++
		}
	}
	return i
}

// keyEnd returns where the key at start ends, or 0: one with a prefix of its
// maker, or one behind the word Bearer or Basic (RFC 6750, RFC 7617).
func keyEnd(t []byte, start, end int) int {
	for _, k := range keyPrefixes {
		if end-start >= k.minimum && string(t[start:start+len(k.prefix)]) == k.prefix {
			return end
		}
	}
	if !behindScheme(t, start) {
		return 0
	}
	for end < len(t) && (isBase64URL(t[end]) || t[end] == '.' || t[end] == '~' || t[end] == '+' || t[end] == '/' || t[end] == '=') {
		end++
	}
	return end
}

func behindScheme(t []byte, start int) bool {
	for _, scheme := range [...]string{"bearer ", "basic "} {
		if start >= len(scheme) && equalFold(t[start-len(scheme):start], scheme) {
			return true
		}
	}
	return false
}
