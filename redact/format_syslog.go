package redact

// This file is syslog. The names of an element's members are those of RFC 5424,
// section 6, in small letters: pri, timestamp, hostname, app-name, procid,
// msgid, structured-data, msg; for RFC 3164 the tag is the app-name and the
// number in its brackets the procid. The version is syntax. An element of
// structured data is an object under its id, in the object structured-data.

// sdName is the object of structured data: a container that the format itself
// brings.
const sdName = "structured-data"

// maxPriority is the highest that there is: local7.debug.
const maxPriority = 191

// syslog takes the record as one message.
func (es *elements) syslog(rec []byte) {
	end := len(rec)
	for end > 0 && (rec[end-1] == '\n' || rec[end-1] == '\r') { // of a file, or of RFC 6587's framing
		end--
	}
	e := element{hi: uint32(end)}
	es.open(&e)
	s := syslogScan{es, rec[:end], &e, 0}
	if !s.message() {
		e.verdict = Verdict{Quarantined, ReasonParse}
	}
	es.close(&e)
	es.list = append(es.list, e)
}

// syslogScan is the state of reading one message.
type syslogScan struct {
	es  *elements
	rec []byte
	e   *element
	at  int
}

func (s *syslogScan) message() bool {
	pri := s.peek() == '<'
	if pri && !s.priority() {
		return false
	}
	if pri && s.at+1 < len(s.rec) && s.rec[s.at] == '1' && s.rec[s.at+1] == ' ' {
		s.at += 2
		return s.rfc5424()
	}
	return s.rfc3164()
}

func (s *syslogScan) peek() byte {
	if s.at < len(s.rec) {
		return s.rec[s.at]
	}
	return 0
}

// member notes rec[at:end] as a member; - is null where it stands for nothing.
func (s *syslogScan) member(name string, at, end int, st style) {
	s.es.note(s.e, span{start: uint32(at), end: uint32(end), at: uint32(at), atEnd: uint32(end), style: st})
	s.es.images = append(append(append(s.es.images, '"'), name...), '"', ':')
	if v := s.rec[at:end]; st == styleToken && string(v) == "-" {
		s.es.null()
	} else {
		s.es.value(v)
	}
	s.at = end
}

// priority: <0> to <191>.
func (s *syslogScan) priority() bool {
	n := 1
	for n < len(s.rec) && isDigit(s.rec[n]) {
		n++
	}
	if n == 1 || n > 4 || n == len(s.rec) || s.rec[n] != '>' || number3(s.rec[1:n]) > maxPriority {
		return false
	}
	s.member("pri", 1, n, stylePriority)
	s.at++
	return true
}

// appendToken appends text as a field of the header, which has no escapes: what
// may not stand there becomes _.
func appendToken(dst, text []byte) []byte {
	for _, c := range text {
		if c <= ' ' || c == 0x7F {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// number3 returns the number of up to three digits.
func number3(v []byte) (n int) {
	for _, c := range v {
		n = 10*n + int(c-'0')
	}
	return n
}

// token takes what is up to the next space as a member, and the space.
func (s *syslogScan) token(name string) bool {
	end := s.at
	for end < len(s.rec) && s.rec[end] > ' ' {
		end++
	}
	if end == s.at || end == len(s.rec) || s.rec[end] != ' ' {
		return false
	}
	s.member(name, s.at, end, styleToken)
	s.at++
	return true
}

func (s *syslogScan) rfc5424() bool {
	for _, name := range [...]string{"timestamp", "hostname", "app-name", "procid", "msgid"} {
		if !s.token(name) {
			return false
		}
	}
	if !s.structuredData() {
		return false
	}
	if s.at == len(s.rec) {
		return true
	}
	if s.peek() != ' ' {
		return false
	}
	s.at++
	if at := s.at; at+3 <= len(s.rec) && string(s.rec[at:at+3]) == "\uFEFF" { // 6.4: the message is UTF-8
		s.at += 3
	}
	s.member("msg", s.at, len(s.rec), styleMessage)
	return true
}

// structuredData: -, or [id name="value" …] as often as one likes.
func (s *syslogScan) structuredData() bool {
	if s.peek() == '-' {
		s.at++
		return true
	}
	if s.peek() != '[' {
		return false
	}
	es, first := s.es, true
	es.images = append(es.images, `,"`+sdName+`":{`...)
	for s.peek() == '[' {
		if !first {
			es.images = append(es.images, ',')
		}
		first = false
		if !s.sdElement() {
			return false
		}
	}
	es.images = append(es.images, '}')
	return true
}

// sdElement notes an element of structured data and its params.
func (s *syslogScan) sdElement() bool {
	es, start := s.es, s.at
	s.at++
	id, ok := s.sdName()
	if !ok {
		return false
	}
	group := len(es.spans)
	es.spans = append(es.spans, span{start: uint32(start), at: uint32(s.at), image: uint32(len(es.images)) - s.e.image, style: styleElement})
	es.name(id)
	es.images = append(es.images, '{')
	for first := true; s.peek() == ' '; first = false {
		if !first {
			es.images = append(es.images, ',')
		}
		if !s.param() {
			return false
		}
		es.spans[group].atEnd = uint32(s.at) // it has params, and goes with them
	}
	if s.peek() != ']' {
		return false
	}
	if es.spans[group].atEnd == 0 {
		es.spans[group].atEnd = es.spans[group].at
	}
	es.images = append(es.images, '}')
	s.at++
	es.spans[group].end = uint32(s.at)
	return true
}

// param notes one param: a space, name="value", where \ escapes quotes, itself
// and the bracket.
func (s *syslogScan) param() bool {
	es, p := s.es, span{start: uint32(s.at), style: styleParam}
	s.at++
	name, ok := s.sdName()
	if !ok || s.peek() != '=' {
		return false
	}
	s.at++
	if s.peek() != '"' {
		return false
	}
	p.image = uint32(len(es.images)) - s.e.image
	p.at = uint32(s.at)
	es.name(name)
	es.decoded = es.decoded[:0]
	for s.at++; s.at < len(s.rec); s.at++ {
		c := s.rec[s.at]
		switch {
		case c == '"':
			s.at++
			p.atEnd, p.end = uint32(s.at), uint32(s.at)
			es.spans = append(es.spans, p)
			es.value(es.decoded)
			return true
		case c == ']':
			return false
		case c == '\\' && s.at+1 < len(s.rec) && (s.rec[s.at+1] == '"' || s.rec[s.at+1] == '\\' || s.rec[s.at+1] == ']'):
			s.at++
			c = s.rec[s.at]
		}
		es.decoded = append(es.decoded, c)
	}
	return false
}

// sdName reads an id or the name of a param: printable ASCII but for = ] " and
// space.
func (s *syslogScan) sdName() ([]byte, bool) {
	at := s.at
	for c := s.peek(); c > ' ' && c < 0x7F && c != '=' && c != ']' && c != '"'; c = s.peek() {
		s.at++
	}
	return s.rec[at:s.at], s.at > at
}

// rfc3164: a timestamp, of the document's form or as rsyslog writes it to
// files, the host, and a tag before the message.
func (s *syslogScan) rfc3164() bool {
	if n := bsdTime(s.rec[s.at:]); n > 0 {
		s.member("timestamp", s.at, s.at+n, styleToken)
		if s.peek() != ' ' {
			return false
		}
		s.at++
	} else if s.peek() == '-' && s.at+1 < len(s.rec) && s.rec[s.at+1] == ' ' { // a sanitized message is one as well
		if !s.token("timestamp") {
			return false
		}
	} else if len(s.rec)-s.at < 5 || !allDigits(s.rec[s.at:s.at+4]) || s.rec[s.at+4] != '-' || !s.token("timestamp") {
		return false
	}
	if !s.token("hostname") {
		return false
	}
	s.tag()
	if s.at < len(s.rec) {
		s.member("msg", s.at, len(s.rec), styleMessage)
	}
	return true
}

// tag notes app[pid]: where the message begins with it.
func (s *syslogScan) tag() {
	at := s.at
	end := at
	for end < len(s.rec) && s.rec[end] > ' ' && s.rec[end] != ':' && s.rec[end] != '[' {
		end++
	}
	pid, pidEnd := 0, 0
	next := end
	if end < len(s.rec) && s.rec[end] == '[' {
		pid = end + 1
		for pidEnd = pid; pidEnd < len(s.rec) && (isDigit(s.rec[pidEnd]) || s.rec[pidEnd] == '-'); pidEnd++ {
		}
		if pidEnd == pid || pidEnd == len(s.rec) || s.rec[pidEnd] != ']' {
			return
		}
		next = pidEnd + 1
	}
	if end == at || next == len(s.rec) || s.rec[next] != ':' {
		return
	}
	s.member("app-name", at, end, styleToken)
	if pid > 0 {
		s.member("procid", pid, pidEnd, styleToken)
	}
	s.at = next + 1
	if s.peek() == ' ' {
		s.at++
	}
}

// bsdTime returns the length of a timestamp such as "Nov  1 09:05:33", or 0.
func bsdTime(v []byte) int {
	const layout = "Mmm dd hh:mm:ss"
	if len(v) < len(layout) || v[3] != ' ' || v[6] != ' ' || v[9] != ':' || v[12] != ':' {
		return 0
	}
	for i := range 3 {
		if !plainLetter(v[i]) {
			return 0
		}
	}
	for _, i := range [...]int{5, 7, 8, 10, 11, 13, 14} {
		if !isDigit(v[i]) {
			return 0
		}
	}
	if v[4] != ' ' && !isDigit(v[4]) {
		return 0
	}
	return len(layout)
}
