package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// bury does for kfake what Apache Kafka does by itself. A member whose
// connection dies while it joins is let go there a session after the join was
// answered; kfake begins no session for an answer that it could not deliver, and
// the group waits for the dead until the rebalance times out, each time that
// somebody joins anew. Members that have no connection any more, in a group that
// has not been stable for a session, are told to leave.
func (f *fakeCluster) bury(ctx context.Context, session time.Duration) {
	k, err := kgo.NewClient(f.client()...)
	if err != nil {
		return
	}
	defer k.Close()
	stable := time.Now()
	for ; ctx.Err() == nil; pause(ctx, 200*time.Millisecond) {
		var info *kfake.GroupInfo
		f.use(func(c *kfake.Cluster) { info = c.GroupInfo(groupName) })
		if info == nil || info.State == "Stable" || info.State == "Empty" {
			stable = time.Now()
		}
		if time.Since(stable) < session {
			continue
		}
		req := kmsg.NewPtrLeaveGroupRequest()
		req.Group = groupName
		for _, m := range info.Members {
			if !f.connected(m.ClientHost) {
				ghost := kmsg.NewLeaveGroupRequestMember()
				ghost.MemberID = m.MemberID
				req.Members = append(req.Members, ghost)
			}
		}
		if len(req.Members) > 0 {
			short, cancel := context.WithTimeout(ctx, 2*time.Second)
			_, _ = req.RequestWith(short, k)
			cancel()
		}
		stable = time.Now()
	}
}

// connected reports whether some relay holds the connection that the cluster
// sees as coming from address.
func (f *fakeCluster) connected(address string) bool {
	for _, r := range f.net {
		if r.holds(address) {
			return true
		}
	}
	return false
}
