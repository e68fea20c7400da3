package detect

// isCard: 13 to 19 digits of an issuer's range, with the check digit. In groups
// they are separated by one sign, space or dash, throughout.
func (s *Scanner) isCard(n *number) (Detector, bool) {
	if n.groups > 1 && (n.sign != ' ' && n.sign != '-') {
		return 0, false
	}
	return DetectBankCard, issuer(n.digits) && luhn(n.digits) && !(n.groups == 1 && s.isBlock(n.start)) && !s.isDump(n)
}

// isBlock reports whether the number at start is a block of HDFS, blk_160…, or
// negative: ids that are random in 64 bits, of which one in a hundred is a card's.
func (s *Scanner) isBlock(start int) bool {
	return isNegative(s.text, start) || start >= 4 && equalFold(s.text[start-4:start], "blk_")
}

// isNegative reports whether a minus stands before t[start:], and no word that
// the dash could join the number to.
func isNegative(t []byte, start int) bool {
	if start == 0 || t[start-1] != '-' {
		return false
	}
	if start == 1 {
		return true
	}
	switch t[start-2] {
	case '_', '=', ':', '(', '[', '{', ',', ' ', '\t', '$':
		return true
	}
	return false
}

// dumpReach is how many groups of four are counted on each side of a number.
const dumpReach = 20

// isDump reports whether a number in groups of four stands among others of four
// hex digits, as in the dump of a memory or a table of characters: so many that
// they are not whole numbers, or with letters.
func (s *Scanner) isDump(n *number) bool {
	if n.sign != ' ' || n.end-n.start != 5*n.groups-1 {
		return false
	}
	t, others := s.text, 0
	for i := n.start; others < dumpReach && i >= 5 && t[i-1] == ' ' && allHex(t[i-5:i-1]) && (i == 5 || hexValue[t[i-6]] == noHex); i -= 5 {
		if others++; !allDigits(t[i-5 : i-1]) {
			return true
		}
	}
	before := others
	for i := n.end; others-before < dumpReach && i+5 <= len(t) && t[i] == ' ' && allHex(t[i+1:i+5]) && (i+5 == len(t) || hexValue[t[i+5]] == noHex); i += 5 {
		if others++; !allDigits(t[i+1 : i+5]) {
			return true
		}
	}
	return others%n.groups != 0
}

func (s *Scanner) isCardOrICCID(n *number) (Detector, bool) {
	if d, ok := s.isICCID(n); ok {
		return d, true
	}
	return s.isCard(n)
}

// issuers are ranges of first digits and the lengths of numbers in them
// (ISO/IEC 7812-1; the networks' own tables): Visa, Mastercard, American
// Express, Diners Club, Discover, JCB, Mir, Maestro, UnionPay, and the older
// debit cards of Chinese banks, which are outside of UnionPay's range.
var issuers = [...]struct{ from, to, shortest, longest int }{
	{4000, 4999, 16, 16}, {4000, 4999, 13, 13}, {4000, 4999, 19, 19},
	{5100, 5599, 16, 16}, {2221, 2720, 16, 16},
	{3400, 3499, 15, 15}, {3700, 3799, 15, 15},
	{3000, 3059, 14, 16}, {3095, 3095, 14, 16}, {3600, 3699, 14, 19}, {3800, 3999, 16, 19},
	{6011, 6011, 16, 19}, {6440, 6599, 16, 19}, {3528, 3589, 16, 19}, {2200, 2204, 16, 19},
	{5018, 5018, 13, 19}, {5020, 5020, 13, 19}, {5038, 5038, 13, 19}, {5893, 5893, 13, 19}, {6304, 6304, 13, 19},
	{6759, 6763, 13, 19}, {6200, 6299, 16, 19}, {8100, 8199, 16, 19},
	{6010, 6010, 16, 19}, {6012, 6099, 16, 19}, {6800, 6999, 16, 19}, {9400, 9599, 16, 19}, {9843, 9843, 19, 19},
}

func issuer(d []byte) bool {
	first := int(d[0]-'0')*1000 + int(d[1]-'0')*100 + int(d[2]-'0')*10 + int(d[3]-'0')
	return issuerLengths[first]>>len(d)&1 != 0
}

// issuerLengths is issuers by the first four digits: the lengths as bits.
var issuerLengths = func() (t [10000]uint32) {
	for _, r := range issuers {
		for first := r.from; first <= r.to; first++ {
			for n := r.shortest; n <= r.longest; n++ {
				t[first] |= 1 << n
			}
		}
	}
	return t
}()
