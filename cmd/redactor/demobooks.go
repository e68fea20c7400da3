package main

// finalBooks are the accounts of a whole run, from three sides: what the
// generator sent, what the proxy counted, and what the broker holds.
type finalBooks struct {
	sent         map[string]int64 // by source topic
	lost         int64            // sent and not acknowledged by the broker
	recipients   []recipientBooks
	quarantined  int64 // by the proxy's count
	inQuarantine int64 // by the broker's
	inspected    int64 // output records that were read back
	raw          int64 // raw identifiers found in them
}

// recipientBooks are the accounts of one recipient.
type recipientBooks struct {
	books
	due     int64 // records sent to topics that feed the recipient
	written int64 // records in its output topics, as the broker says
}

// balance reports whether every record is accounted for.
func (r recipientBooks) balance() bool {
	return r.balanced() && r.routed == r.due && r.written == r.produced
}

func (f finalBooks) balance() bool {
	for _, r := range f.recipients {
		if !r.balance() {
			return false
		}
	}
	return f.lost == 0 && f.raw == 0 && f.quarantined == f.inQuarantine
}

func (d *demo) collect(s *snapshot) finalBooks {
	f := finalBooks{
		sent: d.gen.sent, lost: d.gen.lost.Load(),
		quarantined: s.sum("redactor_records_quarantined_total"), inQuarantine: d.broker.written(demoQuarantine),
	}
	f.inspected, f.raw = d.check.result()
	for _, p := range d.proxy.profiles {
		r := recipientBooks{books: s.books(p), due: d.due(p)}
		for topic, owner := range d.proxy.outputs {
			if owner == p {
				r.written += d.broker.written(topic)
			}
		}
		f.recipients = append(f.recipients, r)
	}
	return f
}

// due is how many records were sent to topics that feed a recipient.
func (d *demo) due(profile string) int64 {
	var n int64
	for _, source := range demoSources {
		for _, t := range d.proxy.targets(source) {
			if t.Profile == profile {
				n += d.gen.sent[source]
			}
		}
	}
	return n
}
