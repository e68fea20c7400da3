package detect

import "bytes"

// findArmor judges five dashes: a private key in the armor of RFC 7468, from
// its first line to its last, or to the end of the text where that is cut off.
func (s *Scanner) findArmor(p int) int {
	const begin, end, dashes = "-----BEGIN ", "-----END ", "-----"
	t := s.text[p:]
	if len(t) < len(begin) || string(t[:len(begin)]) != begin {
		return p + 1
	}
	head := t[len(begin):min(len(t), len(begin)+48)]
	k := bytes.Index(head, []byte(dashes))
	if k < 0 || !bytes.Contains(head[:k], []byte("PRIVATE KEY")) {
		return p + 1
	}
	last := len(t)
	if i := bytes.Index(t, []byte(end)); i >= 0 {
		last = i + len(end)
		if j := bytes.Index(t[last:min(len(t), last+48)], []byte(dashes)); j >= 0 {
			last += j + len(dashes)
		}
	}
	s.add(p, p+last, DetectPrivateKey)
	return p + last
}
