package rules

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// streamProps are the properties of a stream.
var streamProps = []prop{
	{name: "from", doc: "The source topic; '*' stands for any characters.", schema: schemaText, required: true},
	{name: "format", doc: "How the records are written: json (the default); ndjson, a JSON value on each line; array, a JSON array of records; text; logfmt; csv; syslog; access, as web servers log. {csv: …} and {access: …} say more.", schema: schemaFormat},
	{name: "event_time", doc: "The path of the time at which a record was made: it decides the epoch of keys that rotate. When not given: the record's timestamp.", schema: schemaText},
	{name: "to", doc: "The output topic of each profile that gets the stream; {topic} stands for the source topic's name.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": schemaText(), "minProperties": 1}
	}, required: true},
}

// Every stream is compared with every other, and every output: these keep that
// under a second, and are far above what one proxy can serve.
const (
	maxStreams      = 1000
	maxDestinations = 5000
)

func (p *parser) streams(pol *Policy, n *yaml.Node) {
	destinations := 0
	p.items(n, "streams", func(n *yaml.Node) {
		o := p.mapping(n, "a stream", streamProps)
		if n.Kind != yaml.MappingNode {
			return
		}
		r := Route{Pos: posOf(n)}
		if v := o.get("from"); v != nil {
			if w, ok := p.word(v, "from"); ok && p.topicPattern(w) {
				r.From = w
			}
		}
		if v := o.get("format"); v != nil {
			r.Format = p.format(v)
		}
		if v := o.get("event_time"); v != nil {
			r.EventTime = p.eventTime(v)
		}
		r.Format.Arrays = r.Format.Kind == redact.FormatJSON && !pol.namesElements(r.EventTime.Text)
		if v := o.get("to"); v != nil {
			r.To = p.destinations(pol, v)
		}
		if r.From.Text != "" {
			pol.Streams = append(pol.Streams, r)
			destinations += len(r.To)
		}
	})
	if len(pol.Streams) > maxStreams || destinations > maxDestinations {
		p.report(idTopic, posOf(n), "%d streams with %d outputs; a policy may have %d with %d", len(pol.Streams), destinations, maxStreams, maxDestinations).
			hint("patterns take many topics at once: device.logs.*")
		pol.Streams = nil
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.report(idEmpty, posOf(n), "there are no streams: nothing is read")
	}
}

func (p *parser) destinations(pol *Policy, n *yaml.Node) []Destination {
	var out []Destination
	p.pairs(n, "to", func(k, v *yaml.Node) {
		topic, ok := p.word(v, "an output topic")
		if !ok || !p.outputTopic(topic) {
			return
		}
		if pol.profile(k.Value) == nil {
			p.report(idNoSuch, posOf(k), "there is no profile %q", clip(k.Value)).
				hintText(orList(didYouMean(k.Value, profileNames(pol)), "the profiles are ", profileNames(pol)))
			return
		}
		out = append(out, Destination{Profile: Word{k.Value, posOf(k)}, Topic: topic})
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.report(idEmpty, posOf(n), "the stream goes to nobody").hint("to: {analytics: \"analytics.{topic}\"}")
	}
	return out
}

// maxTopic is Kafka's own limit of a topic's name.
const maxTopic = 249

func topicRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '_' || r == '-'
}

func (p *parser) topicPattern(w Word) bool {
	if bad := strings.IndexFunc(w.Text, func(r rune) bool { return !topicRune(r) && r != '*' }); bad >= 0 || w.Text == "" || len(w.Text) > maxTopic || w.Text == "." || w.Text == ".." {
		pr := p.report(idTopic, w.Pos, "%q is no topic: letters, digits, '.', '_', '-', and '*' for any characters", clip(w.Text))
		if strings.ContainsAny(w.Text, "^$()[]|\\+?") {
			pr.hint("patterns are not regular expressions: device.logs.*")
		}
		return false
	}
	return true
}

func (p *parser) outputTopic(w Word) bool {
	rest := strings.ReplaceAll(w.Text, "{topic}", "")
	if strings.HasPrefix(w.Text, "__") {
		p.report(idTopicReserved, w.Pos, "topics that begin with __ are Kafka's own").hint("choose another name")
		return false
	}
	if strings.ContainsRune(rest, '*') {
		p.report(idTopic, w.Pos, "an output topic is one name; * stands in from: only").hint("{topic} stands for the source topic's name: analytics.{topic}")
		return false
	}
	if strings.ContainsAny(rest, "{}") {
		p.report(idTopic, w.Pos, "an output topic may hold {topic} and no other braces").hint("{topic} stands for the source topic's name")
		return false
	}
	if strings.IndexFunc(rest, func(r rune) bool { return !topicRune(r) }) >= 0 || w.Text == "" || len(rest) > maxTopic || w.Text == "." || w.Text == ".." {
		p.report(idTopic, w.Pos, "%q is no topic: letters, digits, '.', '_' and '-', at most %d", clip(w.Text), maxTopic)
		return false
	}
	return true
}

// outputs returns the pattern of the topics that a destination of the route
// writes to.
func (r *Route) outputs(d *Destination) string {
	return strings.ReplaceAll(d.Topic.Text, "{topic}", r.From.Text)
}

// output returns the topic that a destination writes the records of a source
// topic to.
func (d *Destination) output(topic string) string {
	return strings.ReplaceAll(d.Topic.Text, "{topic}", topic)
}
