package redact

import "strconv"

// Replace puts the same text in the place of every value, whatever its kind: a
// number becomes a string, a container goes as a whole. Nothing of the value
// stays, not even its length; that it was there does. In ISO/IEC 20889 this is
// local suppression with a marker.
func Replace(text string) Transform {
	return Transform{OpApply, RankReplace, "replace " + strconv.Quote(text), replace(text)}
}

type replace string

func (r replace) apply(_ *worker, dst, _ []byte, _ Kind) ([]byte, Shape) {
	return append(dst, r...), ShapeText
}
