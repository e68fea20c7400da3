// Package redact is the engine: an immutable Program, compiled from a policy,
// and per-worker Machines that own all scratch. One Scan finds every field of
// a record for all recipients; one Render per recipient appends what that
// recipient may see.
package redact
