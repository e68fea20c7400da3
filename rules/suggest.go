package rules

import (
	"slices"
	"strings"
)

// suggest returns the candidate that a person most likely meant by word, or ""
// when none is near: at most a third of its letters differ, case and the
// difference between '_', '-' and ' ' aside. Groups are compared without std/.
func suggest(word string, candidates []string) string {
	w := foldForDistance(word)
	best, bestDist := "", 1+max(1, len(w)/3)
	for _, c := range candidates {
		if d := distance(w, foldForDistance(c), bestDist); d < bestDist {
			best, bestDist = c, d
		}
	}
	if best != "" && bestDist == 1 {
		return best
	}
	// An abbreviation or a plural is farther than a typo, and clearer than two.
	for _, c := range candidates {
		f := foldForDistance(c)
		if len(w) >= 3 && len(f) >= 3 && (strings.HasPrefix(f, w) || strings.HasPrefix(w, f)) {
			return c
		}
	}
	return best
}

func foldForDistance(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' {
			return '-'
		}
		return r
	}, strings.TrimPrefix(strings.ToLower(s), "std/"))
}

// orList returns the hint, else what there is to choose from.
func orList(hint, before string, names []string) string {
	if hint != "" || len(names) == 0 {
		return hint
	}
	return before + strings.Join(names, ", ")
}

// DidYouMean is the hint for a word that is none of candidates, or "". Commands
// and configurations make suggestions as policies do.
func DidYouMean(word string, candidates []string) string { return didYouMean(word, candidates) }

// didYouMean is the hint for a word that is none of candidates.
func didYouMean(word string, candidates []string) string {
	if s := suggest(word, candidates); s != "" {
		return "did you mean " + s + "?"
	}
	return ""
}

// distance is the optimal string alignment distance (Levenshtein with swaps of
// neighbors, which is how people mistype), in bytes, cut off at limit: words
// come from a file and may be long.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		if slices.Min(cur) >= limit {
			return limit
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit)
}

// list spells names in a sentence, at most limit of them.
func list(names []string, limit int) string {
	if len(names) > limit {
		return strings.Join(names[:limit], ", ") + " and " + plural(len(names)-limit, "other")
	}
	return strings.Join(names, ", ")
}
