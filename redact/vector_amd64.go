//go:build !purego

package redact

// walkRecord goes on where w says until there is an event.
//
//go:noescape
func walkRecord(w *walk)
