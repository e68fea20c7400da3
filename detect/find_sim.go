package detect

// isIMSI: 15 digits, in no way told from others: a label must say so.
func (s *Scanner) isIMSI(n *number) (Detector, bool) {
	return DetectIMSI, n.digits[0] >= '2' && n.digits[0] <= '7' && announces(s.text, n.start, wordsIMSI)
}

// isICCID: 89 (telecommunication) and the check digit, 19 or 20 digits; 18,
// where the check digit is left out, behind a label.
func (s *Scanner) isICCID(n *number) (Detector, bool) {
	d := n.digits
	if d[0] != '8' || d[1] != '9' {
		return 0, false
	}
	switch len(d) {
	case 19, 20:
		return DetectICCID, luhn(d) && !(n.groups == 1 && isNegative(s.text, n.start)) && !s.isDump(n)
	case 18:
		return DetectICCID, announces(s.text, n.start, wordsICCID)
	}
	return 0, false
}

// isMEIDDecimal: the decimal form of an MEID, behind a label.
func (s *Scanner) isMEIDDecimal(n *number) (Detector, bool) {
	return DetectMEID, announces(s.text, n.start, wordsMEID)
}
