// Package rules is the policy language: a table of fields and recipients that
// a privacy officer writes, reviews and signs, and that compiles to a
// [redact.Program].
//
// Two words carry it. A field is an entry of the catalog: what the data is
// called, what class it has, how much it tells (level L1 to L4). A profile is
// a recipient: what becomes of each field on its way there. A value that no
// entry names, and an entry that no profile decides, does not leave.
//
//	text --Parse--> Policy --Compile--> []Stream, each with its redact.Program
//
// [Parse] shows every problem at once, each with its place, the line, a caret
// and the fix; a policy that has an error is never returned. What a policy
// cannot say does not exist here: there is no unkeyed hash, no way to let a
// record through that could not be judged, no expression language, no include.
package rules
