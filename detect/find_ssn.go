package detect

// isSSN: three digits of area, two of group, four of serial. The Social
// Security Administration gives out no area 000, 666 or from 900, no group 00,
// no serial 0000. Without dashes a label must say so.
func (s *Scanner) isSSN(n *number) (Detector, bool) {
	d := n.digits
	if d[0] == '9' || string(d[:3]) == "000" || string(d[:3]) == "666" || string(d[3:5]) == "00" || string(d[5:]) == "0000" {
		return 0, false
	}
	return DetectSSN, n.sign == '-' || announces(s.text, n.start, wordsSSN)
}
