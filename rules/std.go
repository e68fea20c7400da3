package rules

import "redactor/rules/std"

// StdEntry is one field of the built-in catalog, whose tables are in rules/std.
type StdEntry = std.Entry

// stdGroup returns the entries of a built-in group, such as "std/device".
func stdGroup(name string) ([]StdEntry, bool) { return std.Group(name) }

// stdGroupNames returns the names of the built-in groups, for messages that
// say what there is.
func stdGroupNames() []string { return std.Names() }

// stdUse returns the groups that `use: names` takes up: those named and those
// that come with them (std/secrets with every group, std/technical with
// std/usage), each once. std.Use gives the reasons.
func stdUse(names []string) []string { return std.Use(names) }

// stdContainers returns the object names that carry no data, known to every
// policy that uses a built-in group.
func stdContainers() []string { return std.Containers() }
