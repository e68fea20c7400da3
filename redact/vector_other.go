//go:build purego || !amd64

package redact

func walkRecord(*walk) {
	panic("redact: internal error: no vectors on this architecture")
}

func spliceRecord(*splice) {
	panic("redact: internal error: no vectors on this architecture")
}
