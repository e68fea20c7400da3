package detect

// reportingBodies are the first two digits of an IMEI: who gave out the type
// allocation code (GSMA TS.06, annex A). One in ten numbers passes Luhn; an IMSI
// of China, 460…, is told from an IMEI by this list alone.
var reportingBodies = func() (t [100]bool) {
	for _, b := range []byte{1, 10, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 98, 99} {
		t[b] = true
	}
	return t
}()

func reportingBody(d []byte) bool { return reportingBodies[(d[0]-'0')*10+d[1]-'0'] }

// isDeviceNumber: 15 digits with a check digit speak for themselves. 14 have
// none, and 16 have a software version in its place: a label must say so.
func (s *Scanner) isDeviceNumber(n *number) (Detector, bool) {
	if allZero(n.digits) || !reportingBody(n.digits) {
		return 0, false
	}
	switch len(n.digits) {
	case 15:
		return DetectIMEI, luhn(n.digits) && !allSame(n.digits, n.digits[0])
	case 14:
		return DetectIMEI, announces(s.text, n.start, wordsIMEI)
	}
	return DetectIMEISV, announces(s.text, n.start, wordsIMEI)
}
