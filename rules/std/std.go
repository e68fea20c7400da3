// Package std is the built-in catalog: the names that personal data has in real
// device and usage logs, in groups that a policy takes up with `use:`.
//
// It stands on two words. An entry is one kind of data that a recipient may or
// may not have ("the coordinates of a person"); its keys are the member names
// that such data was seen under. Every group is one table in one file, written
// to be read by whoever signs the policy.
//
// Guarantees, each with a test: no folded key stands in two entries, and no two
// wildcards can match the same name, so that entries of the catalog never tie.
// For that every wildcard has the form *x ("ends in x"): a name has one end.
//
// There is no registry and no loading: a catalog that a program could add to
// would not be the one that was reviewed.
package std

import (
	"slices"
	"strings"

	"redactor/detect"
)

// An Entry is one field of the built-in catalog.
type Entry struct {
	Name   string       // kebab-case, unique over all groups
	Level  int          // 4 identifies a person or device, or is a secret or sensitive; 3 relates to a person; 2 identifies in combination; 1 is technical
	Class  detect.Class // what `is:` would say
	Domain string       // pseudonym domain, "" for the class's own
	Keys   []string     // member names as they stand in logs; compared folded; a leading * matches any beginning
	Doc    string       // one sentence: what the data is
	Source string       // where the names come from: an API, an SDK, a standard
}

// row is an Entry as the tables spell it: the keys in one string, in a reading
// order (the names that must be known first, then variants, then pinyin).
type row struct {
	name   string
	level  int
	class  detect.Class
	domain string
	keys   string
	doc    string
	source string
}

// Two domains that are not their class's own. An access point is not the
// handset that saw it: the same six bytes as `mac` and as `bssid` must not
// join. A cell tower is not a place on a map.
const (
	accessPoint = "ap"
	cellTower   = "cell"
)

var groups = []struct {
	name string
	rows []row
}{
	{"std/device", device},
	{"std/network", network},
	{"std/location", location},
	{"std/account", account},
	{"std/secrets", secrets},
	{"std/contact", contact},
	{"std/person", person},
	{"std/minors", minors},
	{"std/property", property},
	{"std/communication", communication},
	{"std/traits", traits},
	{"std/software", software},
	{"std/usage", usage},
	{"std/technical", technical},
	{"std/text", text},
}

// Names returns the names of the groups in the order of the catalog.
func Names() []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	return names
}

// Group returns the entries of the group of that name, without those of the
// groups that come with it (Use). The slice is the caller's.
func Group(name string) ([]Entry, bool) {
	for _, g := range groups {
		if g.name == name {
			return entries(g.rows), true
		}
	}
	return nil, false
}

func entries(rows []row) []Entry {
	list := make([]Entry, len(rows))
	for i, r := range rows {
		list[i] = Entry{r.name, r.level, r.class, r.domain, strings.Fields(r.keys), r.doc, r.source}
	}
	return list
}

// Use returns the groups that `use: names` takes up, in the order of the
// catalog, each once. Names that are no group are left out: Group reports them.
//
// Two rules add groups that were not named:
//   - std/secrets comes with every group. A password must be known for what it
//     is wherever any part of the catalog is used: a policy's own wildcard or
//     `unknown: keep` would let it pass, and the strictest entry wins.
//   - std/technical comes with std/usage: a time without the event it belongs
//     to serves nobody, and its entries are all L1.
func Use(names []string) []string {
	var used []string
	for _, g := range groups {
		if slices.Contains(names, g.name) ||
			g.name == "std/secrets" && slices.ContainsFunc(names, isGroup) ||
			g.name == "std/technical" && slices.Contains(names, "std/usage") {
			used = append(used, g.name)
		}
	}
	return used
}

func isGroup(name string) bool {
	_, ok := Group(name)
	return ok
}

// Containers returns the object names that carry no data. The list is short on
// purpose: a member name is data too, and each name here is one that
// default-deny no longer asks about. `event` and `extra`
// are also keys of entries; there the entry decides, and this list only says
// that members below may have entries of their own.
func Containers() []string {
	return strings.Fields(`device network net wifi cell location loc user account app event events data payload
		properties props context ctx params body request response extra meta items list`)
}
