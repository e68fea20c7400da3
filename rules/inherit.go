package rules

// inherit merges into each profile what it extends: levels, fields, filters,
// record and the handling of unknown and unfit values. The key stays behind,
// since a shared key would let two recipients join their streams, and so do
// internal and the purpose, which are said of one recipient only.
func (p *parser) inherit(pol *Policy) {
	const (
		untouched = iota
		open
		done
	)
	state := make([]int, len(pol.Profiles))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		defer func() { state[i] = done }()
		pr := &pol.Profiles[i]
		if pr.Extends.Text == "" {
			return
		}
		for j := range pol.Profiles {
			parent := &pol.Profiles[j]
			if parent.Name != pr.Extends.Text {
				continue
			}
			if state[j] == open {
				p.report(idExtends, pr.Extends.Pos, "%s extends %s, which comes back to it", pr.Name, parent.Name).
					hint("let one of them extend nothing")
				return
			}
			if state[j] == untouched {
				visit(j)
			}
			pr.merge(parent)
			return
		}
		p.report(idNoSuch, pr.Extends.Pos, "there is no profile %q to extend", pr.Extends.Text).
			hintText(orList(didYouMean(pr.Extends.Text, profileNames(pol)), "the profiles are ", profileNames(pol)))
	}
	for i := range pol.Profiles {
		if state[i] == untouched {
			visit(i)
		}
	}
}

func profileNames(pol *Policy) []string {
	names := make([]string, len(pol.Profiles))
	for i := range pol.Profiles {
		names[i] = pol.Profiles[i].Name
	}
	return names
}

// merge takes over what pr does not say itself.
func (pr *Profile) merge(parent *Profile) {
	for l, r := range parent.Levels {
		if pr.Levels[l] == nil && r != nil {
			pr.Levels[l] = r.inherited(parent.Name)
		}
	}
	for name, r := range parent.Fields {
		if pr.Fields[name] == nil {
			pr.Fields[name] = r.inherited(parent.Name)
		}
	}
	if pr.unknownAt.Line == 0 {
		pr.Unknown, pr.unknownAt = parent.Unknown, parent.unknownAt
	}
	pr.Only = mergeFilters(pr.Only, parent.Only)
	pr.Except = mergeFilters(pr.Except, parent.Except)
	pr.Record.merge(&parent.Record)
	if !pr.unfitSet {
		pr.Unfit, pr.unfitSet = parent.Unfit, parent.unfitSet
	}
	if !pr.Guard.set {
		pr.Guard = parent.Guard
	}
	if !pr.columnSet {
		pr.KeepColumns, pr.columnSet = parent.KeepColumns, parent.columnSet
	}
	if !pr.layoutSet {
		pr.Compact, pr.layoutSet = parent.Compact, parent.layoutSet
	}
}

func (r *Rule) inherited(from string) *Rule {
	c := *r
	if c.From == "" {
		c.From = from
	}
	return &c
}

// mergeFilters adds the parent's conditions on paths that the child does not
// name.
func mergeFilters(child, parent []Filter) []Filter {
	own := len(child)
	for _, f := range parent {
		taken := false
		for _, c := range child[:own] {
			taken = taken || c.Path == f.Path
		}
		if !taken {
			child = append(child, f)
		}
	}
	return child
}

func (e *Envelope) merge(parent *Envelope) {
	if !e.TimeSet {
		e.Time, e.TimeSet, e.timeAt = parent.Time, parent.TimeSet, parent.timeAt
	}
	if !e.headersSet {
		e.Headers, e.headersSet = parent.Headers, parent.headersSet
	}
	if !e.partitionSet {
		e.Partition, e.partitionSet = parent.Partition, parent.partitionSet
	}
	if !e.stampSet {
		e.Stamp, e.stampSet = parent.Stamp, parent.stampSet
	}
}
