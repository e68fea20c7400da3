package rules

import "strings"

// Patterns are literal text in which '*' stands for any characters, none
// included. Topics, output topics with {topic} filled in, and keys are patterns,
// and validate asks of them: can both name the same thing?

// MatchTopic reports whether the pattern of a stream's from: matches a topic.
func MatchTopic(pattern, topic string) bool { return globMatch(pattern, topic) }

// globMatch reports whether the pattern matches s.
func globMatch(pat, s string) bool {
	head, rest, wild := strings.Cut(pat, "*")
	if !wild {
		return pat == s
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	for {
		part, more, wild := strings.Cut(rest, "*")
		if !wild {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], more
	}
}

// globCovers reports whether every string that b matches is matched by a. A
// star of b is taken as a character of its own that only a star of a matches,
// which is exact for patterns whose alphabet is larger than themselves.
func globCovers(a, b string) bool {
	return globMatch(a, strings.ReplaceAll(b, "*", "\x00"))
}

// overlap returns a text that both patterns match, and whether there is one.
//
// Two patterns with stars meet exactly when the literal text before their
// first stars agrees as far as both have it, and so does the text after their
// last: what is between can stand side by side, since each has a star to take
// up the other's.
func overlap(a, b string) (string, bool) {
	switch {
	case !strings.Contains(a, "*"):
		return a, globMatch(b, a)
	case !strings.Contains(b, "*"):
		return b, globMatch(a, b)
	}
	headA, midA, tailA := cutStars(a)
	headB, midB, tailB := cutStars(b)
	head, ok1 := longer(headA, headB, strings.HasPrefix)
	tail, ok2 := longer(tailA, tailB, strings.HasSuffix)
	if !ok1 || !ok2 {
		return "", false
	}
	// Where the end of the one is the beginning of the other, once is enough
	// and reads better: device.* and *.logs meet in device.logs.
	for k := min(len(head), len(tail)); k > 0; k-- {
		if text := head + tail[k:]; strings.HasSuffix(head, tail[:k]) && globMatch(a, text) && globMatch(b, text) {
			return text, true
		}
	}
	return head + midA + midB + tail, true
}

// cutStars splits a pattern at its first and its last star; of what is between
// it returns the text without stars.
func cutStars(p string) (head, mid, tail string) {
	i, j := strings.IndexByte(p, '*'), strings.LastIndexByte(p, '*')
	return p[:i], strings.ReplaceAll(p[i:j], "*", ""), p[j+1:]
}

// longer returns the longer of two texts when the shorter is its beginning, or
// its end, as has says.
func longer(a, b string, has func(s, part string) bool) (string, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	return a, has(a, b)
}
