package detect

// classifyFull fills w; t has 64 bytes from the start of every window.
func (s *Scanner) classifyFull(w []window, t []byte) { classifyPortable(s.table, w, t) }
