package detect

import (
	"math/bits"
	"slices"
)

// A number is groups of digits with one or two separators between them. What a
// number is depends on the sizes of its groups alone, so a timestamp is left
// after a look at those.

// group is the digits t[start:end].
type group struct{ start, end int }

func (g group) size() int { return g.end - g.start }

// separatesGroups are the separators between groups of one number.
func separatesGroups(c byte) bool {
	switch c {
	case ' ', '-', '.', '/', '(', ')':
		return true
	}
	return false
}

// numbers is verify for familyNumber. Most candidates are times and counters
// among members, which their first digits and their length tell: digits are those
// of the window, so that no byte of them is read.
func (s *Scanner) numbers(anchors, digits uint64, o int) {
	if judged := s.after[familyNumber] - o; judged > 0 {
		anchors &= ^uint64(0) << judged
	}
	for anchors != 0 {
		k := bits.TrailingZeros64(anchors)
		end := k + bits.TrailingZeros64(^(digits >> k))
		if end == 64 || !s.isNobodys(o+k, o+end) {
			end = s.findNumber(o+k) - o
		}
		s.after[familyNumber] = o + end
		anchors &= ^uint64(0) << end
	}
}

// isNobodys reports whether the digits text[start:end] are nobody's: no part of a
// larger number or word, and none of their length begins in this way.
func (s *Scanner) isNobodys(start, end int) bool {
	t := s.text
	if n := uint(end - start - shortestBare); n >= uint(len(bareStarts)) || bareStarts[n][two(t[start:])] {
		return false
	}
	before, behind := start-1, end // a space joins what is on both sides
	if before > 0 && t[before] == ' ' {
		before--
	}
	if behind+1 < len(t) && t[behind] == ' ' {
		behind++
	}
	return (before < 0 || !mayJoin[t[before]]) && (behind == len(t) || !mayJoin[t[behind]])
}

// mayJoin are the bytes that may make digits behind or before them part of
// something: a number in groups, an IBAN, a word.
var mayJoin = func() (t [256]bool) {
	for i := range t {
		c := byte(i)
		t[i] = isDigit(c) || isLetter(c) || separatesGroups(c)
	}
	return t
}()

// shortestBare is the fewest digits that are a number of bareBySize.
const shortestBare = 9

// bareStarts are the first two digits that those of nine to thirteen may have.
var bareStarts = func() (t [5][100]bool) {
	thirteen := func(lengths uint32) bool { return lengths>>13&1 != 0 }
	for i := range 100 {
		t[0][i] = i < 90                      // SSN
		t[1][i] = i >= 20                     // phone numbers of America
		t[2][i] = i < 10 || 13 <= i && i < 20 // of China, landlines and mobile
		t[3][i] = true                        // MAC

		// Mobile numbers with their country, numbers of things, cards.
		t[4][i] = i == 86 || i == 10 || i == 14 || slices.ContainsFunc(issuerLengths[100*i:100*i+100], thirteen)
	}
	return t
}()

// findNumber judges the number that p is in, and goes on behind it.
func (s *Scanner) findNumber(p int) int {
	t := s.text
	start := p
	for start > s.after[familyNumber] {
		if isDigit(t[start-1]) {
			start--
			continue
		}
		k := gapBefore(t, start)
		if k == 0 || start-k <= s.after[familyNumber] {
			break
		}
		start -= k
	}
	end := s.readGroups(start)
	for i := 0; i < len(s.groups); {
		i += max(1, s.numberAt(i))
	}
	return end
}

// gapBefore returns the number of separators, one or two, that join the digit
// at start to a digit before, or 0.
func gapBefore(t []byte, start int) int {
	for k := 1; k <= 2 && start-k > 0 && separatesGroups(t[start-k]); k++ {
		if isDigit(t[start-k-1]) {
			return k
		}
	}
	return 0
}

// readGroups fills s.groups with the number at p and returns where it ends.
func (s *Scanner) readGroups(p int) int {
	t := s.text
	s.groups = s.groups[:0]
	for {
		g := group{start: p}
		for p < len(t) && isDigit(t[p]) {
			p++
		}
		g.end = p
		s.groups = append(s.groups, g)
		k := 0
		for k < 3 && p+k < len(t) && separatesGroups(t[p+k]) {
			k++
		}
		if k == 0 || k == 3 || p+k == len(t) || !isDigit(t[p+k]) {
			return p
		}
		p += k
	}
}

// shapes are the sizes of the groups of numbers that are written in groups. A
// number is tried against the longer ones first.
var shapes = [...]struct {
	sizes []int
	judge func(*Scanner, *number) (Detector, bool)
}{
	{[]int{4, 4, 4, 4, 4}, (*Scanner).isICCID},
	{[]int{4, 4, 4, 4, 3}, (*Scanner).isCardOrICCID},
	{[]int{5, 5, 5, 5}, (*Scanner).isICCID},
	{[]int{6, 4, 4, 4, 2}, (*Scanner).isICCID},
	{[]int{6, 4, 4, 4, 1}, (*Scanner).isICCID},
	{[]int{6, 4, 4, 4}, (*Scanner).isIDCard},
	{[]int{4, 4, 4, 4}, (*Scanner).isCard},
	{[]int{2, 6, 6, 2}, (*Scanner).isDeviceNumber},
	{[]int{2, 6, 6, 1}, (*Scanner).isDeviceNumber},
	{[]int{6, 2, 6, 2}, (*Scanner).isDeviceNumber},
	{[]int{6, 2, 6, 1}, (*Scanner).isDeviceNumber},
	{[]int{8, 6, 2}, (*Scanner).isDeviceNumber},
	{[]int{8, 6, 1}, (*Scanner).isDeviceNumber},
	{[]int{2, 3, 4, 4}, (*Scanner).isPhone},
	{[]int{4, 3, 4, 4}, (*Scanner).isPhone},
	{[]int{1, 3, 3, 4}, (*Scanner).isPhone},
	{[]int{2, 6, 6}, (*Scanner).isDeviceNumber},
	{[]int{8, 6}, (*Scanner).isDeviceNumber},
	{[]int{6, 8, 4}, (*Scanner).isIDCard},
	{[]int{6, 8, 3}, (*Scanner).isIDCard},
	{[]int{14, 1}, (*Scanner).isDeviceNumber},
	{[]int{15, 2}, (*Scanner).isDeviceNumber},
	{[]int{4, 6, 5}, (*Scanner).isCard},
	{[]int{4, 6, 4}, (*Scanner).isCard},
	{[]int{3, 2, 10}, (*Scanner).isIMSI},
	{[]int{3, 3, 9}, (*Scanner).isIMSI},
	{[]int{3, 4, 4}, (*Scanner).isPhone},
	{[]int{4, 3, 4}, (*Scanner).isPhone},
	{[]int{4, 4, 4}, (*Scanner).isPhone},
	{[]int{4, 4, 3}, (*Scanner).isPhone},
	{[]int{3, 3, 4}, (*Scanner).isPhone},
	{[]int{3, 3, 5}, (*Scanner).isPhone},
	{[]int{3, 2, 4}, (*Scanner).isSSN},
	{[]int{2, 11}, (*Scanner).isPhone},
	{[]int{4, 11}, (*Scanner).isPhone},
	{[]int{3, 8}, (*Scanner).isPhone},
	{[]int{3, 7}, (*Scanner).isPhone},
	{[]int{4, 8}, (*Scanner).isPhone},
	{[]int{4, 7}, (*Scanner).isPhone},
	{[]int{7, 4}, (*Scanner).isPhone},
}

// sizeKey is sizes of groups as one number, five bits each, the first lowest;
// keyGroups is how many fit, and the most that a shape has.
const (
	sizeBits  = 5
	keyGroups = 5
)

// shapeKeys are the shapes as keys and the bits of a key that they look at.
var shapeKeys = func() (t [len(shapes)]struct{ key, mask uint32 }) {
	for i, shape := range shapes {
		for k, size := range shape.sizes {
			t[i].key |= uint32(size) << (sizeBits * k)
			t[i].mask |= (1<<sizeBits - 1) << (sizeBits * k)
		}
	}
	return t
}()

// shapesBySize is the shapes that begin with two groups of given sizes, as bits:
// most numbers that are written in groups, addresses and versions, begin like none.
var shapesBySize = func() (t [16][16]uint64) {
	for i, shape := range shapes {
		t[shape.sizes[0]][shape.sizes[1]] |= 1 << i
	}
	return t
}()

// sizesFrom returns the key of the groups from group i.
func (s *Scanner) sizesFrom(i int) uint32 {
	key := uint32(0)
	for k, g := range s.groups[i:min(len(s.groups), i+keyGroups)] {
		key |= uint32(min(g.size(), 1<<sizeBits-1)) << (sizeBits * k)
	}
	return key
}

// maxNumber is the longest number of all, an ICCID, and a check character.
const maxNumber = 22

// number is a candidate: digits without separators, and where they stand.
type number struct {
	digits     []byte
	start, end int // in the text
	groups     int
	sign       byte // what separates all groups, when it is the same single sign
	buf        [maxNumber]byte
}

// numberAt judges the number that begins with group i and returns how many
// groups were of a number, 0 for none.
func (s *Scanner) numberAt(i int) int {
	size := s.groups[i].size()
	if s.set.Has(DetectIBAN) {
		if k := s.ibanAt(i); k > 0 {
			return k
		}
	}
	n := &s.number // the judges are called by a table: a local would be allocated
	if i+1 < len(s.groups) && size < len(shapesBySize) && s.groups[i+1].size() < len(shapesBySize) {
		key := uint32(0)
		for m := shapesBySize[size][s.groups[i+1].size()]; m != 0; m &= m - 1 {
			if key == 0 {
				key = s.sizesFrom(i)
			}
			k := bits.TrailingZeros64(m)
			if key&shapeKeys[k].mask != shapeKeys[k].key || !s.take(n, i, len(shapes[k].sizes)) {
				continue
			}
			if d, ok := shapes[k].judge(s, n); ok && s.set.Has(d) {
				s.add(n.start, n.end, d)
				return n.groups
			}
		}
	}
	if size >= shortestBare && size < maxNumber && s.take(n, i, 1) {
		if d, ok := s.isBare(n); ok {
			s.add(n.start, n.end, d)
			return 1
		}
	}
	return 0
}

// take reads k groups from group i into n, and reports whether they stand for
// themselves: what they are glued to is no part of a longer number.
func (s *Scanner) take(n *number, i, k int) bool {
	first, last := s.groups[i], s.groups[i+k-1]
	n.start, n.end, n.groups, n.sign, n.digits = first.start, last.end, k, 0, nil // not buf: what is in it does not matter
	if !standsFree(s.text, n.start, n.end) && !(k == 1 && s.isNamedPart(n)) {
		return false
	}
	n.digits = n.buf[:0]
	same := true
	for j := i; j < i+k; j++ {
		g := s.groups[j]
		if len(n.digits)+g.size() > maxNumber {
			return false
		}
		n.digits = append(n.digits, s.text[g.start:g.end]...)
		if j == i {
			continue
		}
		c := s.text[g.start-1]
		same = same && g.start-s.groups[j-1].end == 1 && (j == i+1 || c == n.sign)
		n.sign = c
	}
	if !same {
		n.sign = 0
	}
	return true
}

// isNamedPart reports whether the number is one of a label's kind in front of a
// dash and another number, as in the names of files: imei-354178036859789-2024.log.
func (s *Scanner) isNamedPart(n *number) bool {
	t := s.text
	if n.end == len(t) || t[n.end] != '-' || !freeBefore(t, n.start) {
		return false
	}
	switch n.end - n.start {
	case 15:
		return announces(t, n.start, wordsIMEI)
	case 11:
		return announces(t, n.start, wordsPhone)
	}
	return false
}

// glueReach is the longest word that an identifier may be glued to.
const glueReach = 24

// standsFree reports whether digits t[start:end] may be a number of their own.
// They may be glued to a word (imei865…, _358…) and to any sign; not to
// another number by a dot or dash, nor to a word that could be the rest of a
// hex number or has digits itself.
func standsFree(t []byte, start, end int) bool {
	return freeBefore(t, start) && freeAfter(t, end)
}

func freeBefore(t []byte, start int) bool {
	if start == 0 {
		return true
	}
	switch c := t[start-1]; {
	case isLetter(c):
		i, hex := start-1, true
		for i >= 0 && start-i <= glueReach && isLetter(t[i]) {
			hex = hex && hexValue[t[i]] != noHex
			i--
		}
		return !hex && (i < 0 || !isDigit(t[i]) && !isLetter(t[i]))
	case c == '.':
		return start < 2 || !isDigit(t[start-2])
	case c == '-':
		return start < 2 || !isDigit(t[start-2]) && !hexBefore(t, start-1)
	}
	return !isDigit(t[start-1])
}

// hexBefore reports whether four hex digits, one of them a digit, stand before
// t[at]: a group of a UUID or a hash.
func hexBefore(t []byte, at int) bool {
	n, digit := 0, false
	for n < 4 && at > 0 && hexValue[t[at-1]] != noHex {
		at--
		n++
		digit = digit || isDigit(t[at])
	}
	return n == 4 && digit
}

func freeAfter(t []byte, end int) bool {
	if end == len(t) {
		return true
	}
	switch c := t[end]; {
	case isLetter(c):
		i, hex := end, true
		for i < len(t) && i-end <= glueReach && isLetter(t[i]) {
			hex = hex && hexValue[t[i]] != noHex
			i++
		}
		return !hex && (i == len(t) || !isDigit(t[i]) && !isLetter(t[i]))
	case c == '.', c == '-':
		return end+1 == len(t) || !isDigit(t[end+1])
	}
	return !isDigit(t[end])
}

// isBare judges a number without separators by how many digits it has.
func (s *Scanner) isBare(n *number) (Detector, bool) {
	for _, judge := range bareBySize[len(n.digits)] {
		if d, ok := judge(s, n); ok && s.set.Has(d) {
			return d, true
		}
	}
	return 0, false
}

var bareBySize = [maxNumber][]func(*Scanner, *number) (Detector, bool){
	9:  {(*Scanner).isSSN},
	10: {(*Scanner).isPhone},
	11: {(*Scanner).isPhone},
	12: {(*Scanner).isPhone, (*Scanner).isHexOfDigits},
	13: {(*Scanner).isPhone, (*Scanner).isCard},
	14: {(*Scanner).isDeviceNumber, (*Scanner).isHexOfDigits, (*Scanner).isCard},
	15: {(*Scanner).isDeviceNumber, (*Scanner).isCard, (*Scanner).isIMSI, (*Scanner).isIDCard, (*Scanner).isPhone},
	16: {(*Scanner).isDeviceNumber, (*Scanner).isCard, (*Scanner).isHexOfDigits},
	17: {(*Scanner).isIDCard, (*Scanner).isDeviceNumber, (*Scanner).isCard},
	18: {(*Scanner).isIDCard, (*Scanner).isICCID, (*Scanner).isCard, (*Scanner).isMEIDDecimal},
	19: {(*Scanner).isICCID, (*Scanner).isCard, (*Scanner).isMEIDDecimal},
	20: {(*Scanner).isICCID},
}
