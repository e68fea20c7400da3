package rules

import (
	"strings"
)

// checkStreams refuses topics that would feed a stream its own output, mix two
// recipients, or be read twice.
func (p *parser) checkStreams(pol *Policy) {
	for i := range pol.Streams {
		if p.full() {
			return
		}
		r := &pol.Streams[i]
		for j := range pol.Streams[:i] {
			first := &pol.Streams[j]
			if topic, both := overlap(first.From.Text, r.From.Text); both {
				p.also(p.report(idOverlap, r.From.Pos, "two streams read the topic %s", topic).
					hint("make the patterns distinct, or make the two streams one"), first.From.Pos, first.From.Text+" reads it here")
			}
		}
		for j := range r.To {
			p.checkReserved(r, &r.To[j])
			p.checkLoop(pol, r, &r.To[j])
		}
	}
	p.checkShared(pol)
}

// checkReserved refuses an output that begins with __ once {topic} is filled in.
func (p *parser) checkReserved(r *Route, d *Destination) {
	if out := r.outputs(d); strings.HasPrefix(out, "__") {
		p.report(idTopicReserved, d.Topic.Pos, "%s would begin with __, as Kafka's own topics do", out).hint("choose another name")
	}
}

// checkLoop refuses an output that a source pattern matches: the proxy would
// read what it wrote, and a recipient's records would be redacted again for
// the others.
func (p *parser) checkLoop(pol *Policy, r *Route, d *Destination) {
	for k := range pol.Streams {
		from := pol.Streams[k].From
		topic, both := overlap(r.outputs(d), from.Text)
		if !both {
			continue
		}
		if likely := d.output(exampleTopic(r.From.Text)); globMatch(from.Text, likely) {
			topic = likely // reads better than the shortest one
		}
		p.also(p.report(idLoop, d.Topic.Pos, "the output %s is read again by the pattern %s: an endless loop", topic, from.Text).
			hint("choose a name that no from: matches"), from.Pos, "it is read here")
		return
	}
}

// checkShared refuses one topic for two profiles.
func (p *parser) checkShared(pol *Policy) {
	type output struct {
		pattern string
		d       *Destination
	}
	var outs []output
	for i := range pol.Streams {
		if p.full() {
			return
		}
		r := &pol.Streams[i]
		for j := range r.To {
			d := &r.To[j]
			pattern := r.outputs(d)
			for _, o := range outs {
				if o.d.Profile.Text == d.Profile.Text {
					continue
				}
				if topic, both := overlap(o.pattern, pattern); both {
					p.also(p.report(idSharedTopic, d.Topic.Pos, "%s and %s would both be written to %s", o.d.Profile.Text, d.Profile.Text, topic).
						hint("give each recipient topics of its own"), o.d.Topic.Pos, o.d.Profile.Text+" has it here")
					break
				}
			}
			outs = append(outs, output{pattern, d})
		}
	}
}

// CheckQuarantine refuses a quarantine topic, which redactor.yaml names, that
// the policy reads or writes: what could not be judged must never come out at
// a recipient, nor come in again.
func (p *Policy) CheckQuarantine(topic string) Problems {
	pp := p.reporter()
	for i := range p.Streams {
		r := &p.Streams[i]
		if globMatch(r.From.Text, topic) {
			pp.report(idQuarantine, r.From.Pos, "%s reads the quarantine topic %s", r.From.Text, topic).
				hint("name the quarantine in redactor.yaml so that no from: matches it")
		}
		for j := range r.To {
			if d := &r.To[j]; globMatch(r.outputs(d), topic) {
				pp.report(idQuarantine, d.Topic.Pos, "%s would be written to the quarantine topic %s", d.Profile.Text, topic).
					hint("give %s a topic of its own", d.Profile.Text)
			}
		}
	}
	return pp.problems.sort()
}

// reporter returns a parser that only reports, for what is found out after
// parsing.
func (p *Policy) reporter() *parser { return &parser{file: p.File, lines: p.lines} }

// Source returns the topic patterns that the policy reads.
func (p *Policy) Sources() []string {
	out := make([]string, len(p.Streams))
	for i := range p.Streams {
		out[i] = p.Streams[i].From.Text
	}
	return out
}
