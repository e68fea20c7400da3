package e2e

import (
	"encoding/json"
	"slices"
	"testing"
)

// quarantined is what a quarantine record says.
type quarantined struct {
	Topic      string
	Partition  int
	Offset     int
	Reason     string
	Recipients []string
}

// readQuarantine reads the topic and refuses whatever is raw in it.
func (r *route) readQuarantine(t *testing.T, b *broker) []quarantined {
	t.Helper()
	var all []quarantined
	readWithKcat(t, b, r.quarantine, func(s seen) {
		var q quarantined
		if err := json.Unmarshal(s.value, &q); err != nil {
			t.Errorf("quarantine offset %d is no JSON", s.offset)
		}
		for _, part := range [][]byte{s.key, s.value, []byte(s.headers)} {
			if i, held := canaryIn(part); held {
				t.Errorf("quarantine offset %d holds canary %d", s.offset, i)
			}
		}
		all = append(all, q)
	})
	return all
}

// checkQuarantine: exactly the spoiled records lie there, with where they are and why, for every recipient.
// The source holds no transactions, so that the number of a record is its offset. It returns how many lie
// there more than once.
func (r *route) checkQuarantine(t *testing.T, b *broker, count int) (again int) {
	t.Helper()
	found := map[record]int{}
	for _, q := range r.readQuarantine(t, b) {
		if q.Topic != r.source || q.Reason != "parse" || !slices.Equal(q.Recipients, recipients) {
			t.Errorf("quarantined: %+v", q)
		}
		found[record{q.Partition, q.Offset}]++
	}
	total := 0
	for p := range r.partitions {
		for n := range count {
			at := record{p, n}
			switch k := found[at]; {
			case spoiled(n) && k == 0:
				t.Errorf("partition %d number %d is spoiled and not in the quarantine", p, n)
			case !spoiled(n) && k > 0:
				t.Errorf("partition %d number %d is in the quarantine and not spoiled", p, n)
			case k > 1:
				again += k - 1
			}
			total += min(found[at], 1)
		}
	}
	t.Logf("quarantine: %d records, %d of them again", total, again)
	return again
}
