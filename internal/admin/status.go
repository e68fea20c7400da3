package admin

import "time"

// Status is what the status page shows besides the metrics. Nothing in it comes
// from a record.
type Status struct {
	Version  string
	Started  time.Time
	Group    string
	DryRun   bool
	Policy   PolicyStatus
	Routes   []RouteStatus
	Matrix   Matrix
	Problems []string // topics that are not read, and why

	Recipients []RecipientStatus
	Partitions []PartitionStatus
}

// PolicyStatus is the policy in force.
type PolicyStatus struct {
	Name, Revision, Digest string
	Approved               string // by whom and until when, in words
}

// RouteStatus is one stream of the policy.
type RouteStatus struct {
	From    string
	Sources []string // topics that match and of which this instance has partitions
	To      []TargetStatus
}

// TargetStatus is where a stream goes.
type TargetStatus struct{ Profile, Topic string }

// RecipientStatus is what is not in the metrics of a recipient.
type RecipientStatus struct {
	Profile string
	Paused  bool // by an operator
	Tripped bool // by the breaker
}

// PartitionStatus is one assigned partition.
type PartitionStatus struct {
	Topic     string
	Partition int
	State     string // running, starting, stalled, stopped
	Why       string
	Lag       int64
}

// Matrix is the policy as a table.
type Matrix struct {
	Head []string
	Rows [][]string
}
