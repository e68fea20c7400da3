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

// overlap returns a string that both patterns match, the shortest one with
// stars left out where they may be, and whether there is one.
//
// It walks pairs of positions (i in a, j in b) breadth first: in each pair
// both patterns have matched the same text so far. There are len(a) × len(b)
// pairs, and topics are at most 249 characters long.
func overlap(a, b string) (string, bool) {
	type pair struct{ i, j int }
	type step struct {
		from pair
		char byte // 0: none, a star was skipped
	}
	came := map[pair]step{{0, 0}: {}}
	queue := []pair{{0, 0}}
	visit := func(to, from pair, char byte) {
		if _, seen := came[to]; !seen {
			came[to] = step{from, char}
			queue = append(queue, to)
		}
	}
	goal := pair{len(a), len(b)}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at == goal {
			break
		}
		starA := at.i < len(a) && a[at.i] == '*'
		starB := at.j < len(b) && b[at.j] == '*'
		if starA {
			visit(pair{at.i + 1, at.j}, at, 0)
		}
		if starB {
			visit(pair{at.i, at.j + 1}, at, 0)
		}
		switch {
		case starA && starB || at.i == len(a) || at.j == len(b):
		case starA:
			visit(pair{at.i, at.j + 1}, at, b[at.j])
		case starB:
			visit(pair{at.i + 1, at.j}, at, a[at.i])
		case a[at.i] == b[at.j]:
			visit(pair{at.i + 1, at.j + 1}, at, a[at.i])
		}
	}
	if _, reached := came[goal]; !reached {
		return "", false
	}
	var text []byte
	for at := goal; at != (pair{}); at = came[at].from {
		if c := came[at].char; c != 0 {
			text = append(text, c)
		}
	}
	for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
		text[i], text[j] = text[j], text[i]
	}
	return string(text), true
}
