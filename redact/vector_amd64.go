//go:build !purego

package redact

// walkRecord goes on where w says until there is an event.
//
//go:noescape
func walkRecord(w *walk)

// spliceRecord goes on where s says until there is a node that it does not
// know, or no more room.
//
//go:noescape
func spliceRecord(s *splice)
