// Package redact is the engine: a Program is compiled once from a policy and is
// immutable; a Machine, one for each worker, owns all scratch and allocates
// nothing once it is warm.
//
//	m := prog.NewMachine()
//	v := m.Scan(record)             // one pass: finds every field, once for all recipients
//	out, v := m.Render(dst, i)      // appends the record as recipient i may see it
//
// # Guarantees
//
// It fails closed. What Scan cannot judge is quarantined for everyone: it
// accepts exactly RFC 8259 in well-formed UTF-8, within limits. What no entry of
// the catalog names is unknown, and leaves only for a profile that says so; an
// object or array under a name that the policy does not know is unknown as a
// whole. Where several entries match, each profile follows the strictest.
//
// Bytes outside an edit are the record's bytes: spelling of numbers, escapes,
// white space, order, equal names.
//
// Time is linear in the record, whatever it holds, and memory is bounded by
// Spec.MaxRecord, Spec.MaxDepth and tables of fixed size.
//
// No error, verdict or count carries anything of a record.
//
// # What does not exist
//
// There is no interpreter in the loop, no map, no plug-in and no global state;
// no option that lets a record pass which could not be judged; and no unkeyed
// hash among the transforms.
package redact
