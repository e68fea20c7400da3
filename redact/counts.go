package redact

import "redactor/detect"

// Counts are what a Machine did since the last Reset: plain numbers that a
// caller takes over once for many records.
type Counts struct {
	Profiles []ProfileCounts
}

// ProfileCounts counts for one profile the values that Render decided. Records
// that were quarantined or filtered count as far as they were rendered.
type ProfileCounts struct {
	hits  []uint64 // by field+1; 0 is unknown values
	unfit []uint64
	leaks [detect.NumDetectors]uint64
	found [detect.NumDetectors]uint64
}

func newCounts(p *Program) Counts {
	c := Counts{Profiles: make([]ProfileCounts, p.Profiles())}
	for i := range c.Profiles {
		c.Profiles[i] = newProfileCounts(p)
	}
	return c
}

func newProfileCounts(p *Program) ProfileCounts {
	return ProfileCounts{hits: make([]uint64, p.Fields()+1), unfit: make([]uint64, p.Fields()+1)}
}

// Hits returns how many values followed the entry of a field.
func (c *ProfileCounts) Hits(field int) uint64 { return c.hits[field+1] }

// Unfit returns how many values the transform of a field could not take.
func (c *ProfileCounts) Unfit(field int) uint64 { return c.unfit[field+1] }

// Leaks returns how many finds of a detector the guard has stopped.
func (c *ProfileCounts) Leaks(d detect.Detector) uint64 { return c.leaks[d] }

// Found returns how many values of a detector were scrubbed from texts.
func (c *ProfileCounts) Found(d detect.Detector) uint64 { return c.found[d] }

// Detectors calls yield for each detector that found something: its name, how
// many values were scrubbed from texts, and how many the guard has stopped.
func (c *ProfileCounts) Detectors(yield func(detector string, found, leaks int)) {
	for d := range c.leaks {
		if c.found[d]|c.leaks[d] != 0 {
			yield(detect.Detector(d).String(), int(c.found[d]), int(c.leaks[d]))
		}
	}
}

// Unknown returns how many values, objects and arrays no entry named. Where
// every profile keeps unknown values they are not looked at, and not counted.
func (c *ProfileCounts) Unknown() uint64 { return c.hits[0] }

// Reset sets all counts to zero.
func (c *Counts) Reset() {
	for i := range c.Profiles {
		clear(c.Profiles[i].hits)
		clear(c.Profiles[i].unfit)
		clear(c.Profiles[i].leaks[:])
		clear(c.Profiles[i].found[:])
	}
}

// Counts returns the Machine's counts: the same every time, and changed by
// what the Machine does next.
func (m *Machine) Counts() *Counts { return &m.counts }
