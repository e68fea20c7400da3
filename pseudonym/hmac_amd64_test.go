package pseudonym

// setSHA chooses the path and returns what was chosen.
func setSHA(on bool) (was bool) {
	was, useSHA = useSHA, on
	return was
}
