package detect

// ibanLengths is the length of every country's IBAN (SWIFT IBAN Registry).
var ibanLengths = func() (t [26 * 26]uint8) {
	const registry = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23" +
		"GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15" +
		"OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30"
	for i := 0; i < len(registry); i += 4 {
		t[int(registry[i]-'A')*26+int(registry[i+1]-'A')] = (registry[i+2]-'0')*10 + registry[i+3] - '0'
	}
	return t
}()

// ibanReach is how far before its first long run of digits an IBAN may begin:
// country, check digits, a bank of letters and spaces between groups of four.
const ibanReach = 16

// ibanAt looks for an IBAN that begins before, or with letters right before,
// group i, and returns how many groups it takes, 0 for none.
func (s *Scanner) ibanAt(i int) int {
	t, g := s.text, s.groups[i]
	for p := g.start - 2; p >= 0 && g.start-p <= ibanReach; p-- {
		if c := t[p+1]; !isDigit(c) && !isLetter(c) && c != ' ' {
			return 0
		}
		if t[p]-'A' >= 26 || t[p+1]-'A' >= 26 || p > 0 && (isLetter(t[p-1]) || isDigit(t[p-1])) {
			continue
		}
		end := ibanEnd(t, p)
		if end <= g.start {
			continue
		}
		s.add(p, end, DetectIBAN)
		k := 0
		for i+k < len(s.groups) && s.groups[i+k].start < end {
			k++
		}
		return k
	}
	return 0
}

// ibanEnd returns where the IBAN at p ends, or 0 when there is none: ISO 13616,
// the length of its country, and the check digits of ISO 7064 MOD 97-10.
func ibanEnd(t []byte, p int) int {
	want := int(ibanLengths[int(t[p]-'A')*26+int(t[p+1]-'A')])
	if want == 0 {
		return 0
	}
	var head, rest int // the four first characters count last
	n, i := 0, p
	for ; n < want && i < len(t); i++ {
		c := t[i]
		switch {
		case c == ' ' && n%4 == 0 && n > 0:
			continue
		case !isDigit(c) && toUpper(c)-'A' >= 26, n >= 2 && n < 4 && !isDigit(c):
			return 0
		}
		if n < 4 {
			head = mod97(head, c)
		} else {
			rest = mod97(rest, c)
		}
		n++
	}
	if n < want || i < len(t) && (isDigit(t[i]) || isLetter(t[i])) {
		return 0
	}
	// rest·10^6 + head: the head is two letters of two digits each, and two digits.
	if (rest*1_000_000+head)%97 != 1 {
		return 0
	}
	return i
}

func mod97(r int, c byte) int {
	if isDigit(c) {
		return (r*10 + int(c-'0')) % 97
	}
	return (r*100 + int(toUpper(c)-'A') + 10) % 97
}
