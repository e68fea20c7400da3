package pseudonym

// setVAES chooses the path and returns what was chosen.
func setVAES(on bool) (was bool) {
	was, useVAES = useVAES, on
	return was
}
