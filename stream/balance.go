package stream

import (
	"cmp"
	"slices"

	"github.com/segmentio/kafka-go"
)

// balancer assigns partitions round robin over all topics together, as Java's
// RoundRobinAssignor does. kafka-go's own begins with the same member at every
// topic: a dozen topics of one partition would all be that member's.
type balancer struct{}

// ProtocolName implements kafka.GroupBalancer. The name is Java's: groups
// agree by it, and each member's choice is its leader's alone.
func (balancer) ProtocolName() string { return "roundrobin" }

// UserData implements kafka.GroupBalancer.
func (balancer) UserData() ([]byte, error) { return nil, nil }

// AssignGroups implements kafka.GroupBalancer. Members that do not read a
// topic, because they have not noticed it yet, are passed over for it.
func (balancer) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b kafka.GroupMember) int { return cmp.Compare(a.ID, b.ID) })
	partitions = slices.Clone(partitions)
	slices.SortFunc(partitions, func(a, b kafka.Partition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
	})
	assigned := make(kafka.GroupMemberAssignments, len(members))
	for _, m := range members {
		assigned[m.ID] = make(map[string][]int)
	}
	next := 0
	for _, p := range partitions {
		for range members {
			m := members[next%len(members)]
			next++
			if slices.Contains(m.Topics, p.Topic) {
				assigned[m.ID][p.Topic] = append(assigned[m.ID][p.Topic], p.ID)
				break
			}
		}
	}
	return assigned
}
