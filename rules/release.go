package rules

import "cmp"

// release compares what two outcomes let out of one field.
type release uint8

const (
	releasesSame release = iota
	releasesLess
	releasesMore
	releasesOther // something else: nobody can say that it is not more
)

// comparing compares two measures of what is let out, before and after.
func comparing[T cmp.Ordered](before, after T) release {
	switch {
	case after > before:
		return releasesMore
	case after < before:
		return releasesLess
	}
	return releasesSame
}

// both joins the comparisons of two parts of one outcome.
func both(a, b release) release {
	switch {
	case a == b || b == releasesSame:
		return a
	case a == releasesSame:
		return b
	}
	return releasesOther
}

// compareActions compares two actions on one field by the strictness that
// decides between entries (design point 4), and by their arguments where they
// are of one kind.
func compareActions(before, after action) release {
	if before == after {
		return releasesSame
	}
	_, x := before.(addingAction)
	_, y := after.(addingAction)
	if x || y {
		return compareAdding(before, after)
	}
	a, b := before.kind(), after.kind()
	if a != b {
		if r := comparing(b.rank, a.rank); r != releasesSame {
			return r
		}
		return releasesOther
	}
	if a.compare == nil {
		return releasesOther
	}
	return a.compare(before, after)
}
