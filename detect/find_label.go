package detect

import "math/bits"

// Names, postal addresses and passwords have no form: they are found only
// behind a label that announces them and a colon or equals sign. What no label
// announces is not found; that is a limit, and documented.

var labels = [...]struct {
	words    []string
	detector Detector
	value    func(v []byte) int // how much of what follows the sign is the value, 0 for none
}{
	{[]string{"姓名", "联系人", "收货人", "收件人", "寄件人", "真实姓名", "客户姓名", "fullname", "full_name", "full name", "realname", "real_name", "firstname", "first_name", "lastname", "last_name",
		"surname", "givenname", "given_name", "customername", "customer name", "customer_name", "contactname", "contact name", "contact_name", "patient", "recipient", "consignee",
		"nombre", "apellido", "apellidos", "destinatario"}, DetectName, personLength},
	{[]string{"地址", "住址", "住所", "address", "addr", "street", "dirección", "direccion", "domicilio"}, DetectAddress, placeLength},
	{[]string{"password", "passwd", "passphrase", "pwd", "密码", "口令", "contraseña", "contrasena", "clave"}, DetectCredentials, secretLength},
	{[]string{"apikey", "api_key", "api-key", "secret", "secret_key", "secretkey", "access_key", "accesskey", "access_token", "accesstoken", "auth_token", "authtoken", "client_secret", "private_key",
		"refresh_token", "session_token", "token", "密钥", "令牌"}, DetectAPIKey, keyLength},
}

// labelEnds are the labels that have a word with these last two bytes, as bits:
// most names of log fields end in no such pair. Letters are told by their low bits, in
// either case.
var labelEnds = func() (t [1 << 10]uint8) {
	for i, l := range labels {
		for _, w := range l.words {
			t[endOf(w[len(w)-2], w[len(w)-1])] |= 1 << i
		}
	}
	return t
}()

func endOf(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// findLabel judges what follows the sign at p.
func (s *Scanner) findLabel(p int) int {
	t, next := s.text, p+1
	if t[p] == 0xef {
		next = p + len("：")
	}
	end := p
	for end > 0 && p-end < 4 && (t[end-1] == ' ' || t[end-1] == '"' || t[end-1] == '\'' || t[end-1] == '\\') {
		end--
	}
	if end < 2 {
		return next
	}
	for m := labelEnds[endOf(t[end-2], t[end-1])]; m != 0; m &= m - 1 {
		l := &labels[bits.TrailingZeros8(m)]
		if !s.set.Has(l.detector) || !endsInWord(t[:end], l.words) {
			continue
		}
		for next < len(t) && (t[next] == ' ' || t[next] == '"' || t[next] == '\'' || t[next] == '\\') {
			next++
		}
		if l.detector == DetectCredentials && t[p] == '=' && isWorkingDirectory(t[:end], t[next:]) {
			return next
		}
		if n := l.value(t[next:]); n > 0 {
			s.add(next, next+n, l.detector)
			return next + n
		}
		return next
	}
	return next
}

// endsInWord reports whether t ends in one of the words, and the word begins
// where letters do, or a capital.
func endsInWord(t []byte, ws []string) bool {
	for _, w := range ws {
		k := len(t) - len(w)
		if k < 0 || !equalFold(t[k:], w) {
			continue
		}
		if k == 0 || w[0] >= 0x80 || !isLetter(t[k-1]) || t[k] < 'a' && t[k-1] >= 'a' {
			return true
		}
	}
	return false
}

// personLength: two to five Chinese characters (a middle dot joins the names of
// some peoples), or one to four capitalized words.
func personLength(v []byte) int {
	if n := hanLength(v, 8); n > 0 {
		if n < 6 || n > 15 && n < len(v) && isHan(v[n:]) {
			return 0
		}
		return n
	}
	n, end := 0, 0
	for range 4 {
		from := n
		for n < len(v) && (isLetter(v[n]) || v[n] == 0xc3 && n+1 < len(v) && v[n+1] >= 0x80 || n > from && (v[n]&0xc0 == 0x80 || v[n] == '\'' || v[n] == '.')) {
			n++
		}
		if n == from || v[from] >= 'a' && v[from] <= 'z' {
			break
		}
		end = n
		if n == len(v) || v[n] != ' ' && v[n] != '-' {
			break
		}
		n++
	}
	if end < 2 || end < len(v) && v[end] == '_' || end+1 < len(v) && v[end] == ':' && v[end+1] == ':' { // names of code go on
		return 0
	}
	return end
}

// hanLength returns how many bytes of Chinese characters, at most limit of
// them, stand at the start of v; the middle dot of names counts.
func hanLength(v []byte, limit int) int {
	n := 0
	for range limit {
		switch k := middleDot(v[n:]); {
		case k > 0 && n > 0:
			n += k
		case isHan(v[n:]):
			n += 3
		default:
			return n
		}
	}
	return n
}

// isHan reports whether v begins with a character of U+4E00 to U+9FFF.
func isHan(v []byte) bool {
	return len(v) >= 3 && v[0] >= 0xe4 && v[0] <= 0xe9 && (v[0] > 0xe4 || v[1] >= 0xb8) && v[1]&0xc0 == 0x80
}

// maxPlace is the longest address.
const maxPlace = 240

// placeLength: up to the end of the clause. A Chinese address names a province,
// city, road or house; another has a number and two words, or a comma. Network
// and memory addresses have neither; IPv4 and arg0 are no numbers of houses.
func placeLength(v []byte) int {
	n, han, digits, spaces, letters := 0, false, 0, 0, 0
	for n < len(v) && n < maxPlace {
		c := v[n]
		if c == '\n' || c == '\r' || c == ';' || c == '"' || c == '|' || c == '\t' || c == '=' || c == ':' || c == '}' || isClauseEnd(v[n:]) {
			break
		}
		if han && (c == ',' || c == ' ' && n+1 < len(v) && v[n+1] < 0x80) {
			break
		}
		switch {
		case isDigit(c):
			if !inName(v[:n]) {
				digits++
			}
		case c == '(' && spaces == 0 && n > 0 && isLetter(v[n-1]): // a call
			return 0
		case c == ' ':
			spaces++
		case isLetter(c):
			letters++
		case c >= 0x80:
			han = han || isPlaceSign(v[n:])
		}
		n++
	}
	if n < len(v) && (v[n] == '=' || v[n] == ':') { // what is before the sign is the next name
		for n > 0 && v[n-1] != ' ' && v[n-1] != ',' {
			n--
		}
	}
	for n > 0 && (v[n-1] == ' ' || v[n-1] == ',' || v[n-1] == '.') {
		n--
	}
	if han && n >= 9 || digits > 0 && spaces >= 2 && letters >= 6 && isDigit(v[0]) || digits > 0 && spaces >= 2 && letters > 2*digits {
		return n
	}
	return 0
}

// inName reports whether a digit behind v is part of a word: of small letters or
// of several capitals, unlike the B12 of a flat.
func inName(v []byte) bool {
	n := len(v)
	for n > 0 && isDigit(v[n-1]) {
		n--
	}
	if n == 0 || !isLetter(v[n-1]) {
		return false
	}
	return v[n-1] >= 'a' || n > 1 && isLetter(v[n-2])
}

// isClauseEnd: ， ； 。 and the end of a parenthesis, in Chinese width.
func isClauseEnd(v []byte) bool {
	return len(v) >= 3 && (v[0] == 0xef && v[1] == 0xbc && (v[2] == 0x8c || v[2] == 0x9b || v[2] == 0x89) || v[0] == 0xe3 && v[1] == 0x80 && v[2] == 0x82)
}

func isPlaceSign(v []byte) bool {
	for _, sign := range [...]string{"省", "市", "区", "县", "镇", "乡", "村", "路", "街", "巷", "弄", "号", "栋", "幢", "楼", "室", "座", "单元"} {
		if len(v) >= len(sign) && string(v[:len(sign)]) == sign {
			return true
		}
	}
	return false
}

// secretLength: a word of four bytes and more; a mask of stars is none.
func secretLength(v []byte) int {
	n := wordLength(v)
	if n < 4 || allSame(v[:n], v[0]) || isNobody(Account, v[:n]) || equalFold(v[:n], "true") || equalFold(v[:n], "false") {
		return 0
	}
	return n
}

// isWorkingDirectory: PWD=/srv and OLDPWD=/srv of a shell's environment, which
// sudo logs with every command. DB_PWD and pwd are labels of passwords.
func isWorkingDirectory(t, v []byte) bool {
	from := len(t)
	for from > 0 && (isLetter(t[from-1]) || isDigit(t[from-1]) || t[from-1] == '_' || t[from-1] == '-') {
		from--
	}
	name := string(t[from:])
	return len(v) > 0 && v[0] == '/' && (name == "PWD" || name == "OLDPWD")
}

// keyLength: sixteen and more with a digit.
func keyLength(v []byte) int {
	n := wordLength(v)
	if n < 16 {
		return 0
	}
	for _, c := range v[:n] {
		if isDigit(c) {
			return n
		}
	}
	return 0
}

func wordLength(v []byte) int {
	n := 0
	for n < len(v) && n < 512 && v[n] > ' ' && v[n] != '"' && v[n] != '\'' && v[n] != ',' && v[n] != ';' && v[n] != '&' && v[n] != '\\' && v[n] != '}' && v[n] != ')' {
		n++
	}
	return n
}
