package stream

import (
	"context"
	"sync"
	"time"

	"redactor/internal/chaospoint"
	"redactor/metrics"
)

// commitInterval is how often offsets are committed: what a crash repeats is
// at most what was acknowledged in so much time.
const commitInterval = time.Second

// committer commits the offsets of one generation: those marked, at intervals,
// and whatever is left when the generation ends and its pipelines have
// finished. Only a commit with the id of the generation is fenced; kafka-go's
// Reader shares one queue among all of its generations and rewinds other
// members' offsets.
type committer struct {
	cluster *cluster
	who     member
	metrics *metrics.Metrics
	dry     bool // commits nothing

	working sync.WaitGroup // the pipelines

	mu     sync.Mutex // guards marked
	marked map[string]map[int]int64
}

// mark notes that everything of a partition before offset has arrived where it
// belongs.
func (c *committer) mark(topic string, partition int32, offset int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.marked == nil {
		c.marked = make(map[string]map[int]int64)
	}
	if c.marked[topic] == nil {
		c.marked[topic] = make(map[int]int64)
	}
	c.marked[topic][int(partition)] = offset
}

// take returns what is marked and forgets it.
func (c *committer) take() map[string]map[int]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.marked
	c.marked = nil
	return m
}

// untake puts offsets back that could not be committed. A later mark of the
// same partition stands.
func (c *committer) untake(m map[string]map[int]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.marked == nil {
		c.marked = m
		return
	}
	for topic, partitions := range m {
		if c.marked[topic] == nil {
			c.marked[topic] = partitions
			continue
		}
		for p, offset := range partitions {
			if _, later := c.marked[topic][p]; !later {
				c.marked[topic][p] = offset
			}
		}
	}
}

// run commits until the generation ends. It is a function of the generation:
// the group waits for it before the partitions go to somebody else, and that
// is what makes the last commit count.
func (c *committer) run(gen context.Context) {
	tick := time.NewTicker(commitInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if c.commit(context.Background()) == classFenced {
				return // ends the generation: its partitions are somebody else's already
			}
		case <-gen.Done():
			c.working.Wait()
			c.last()
			return
		}
	}
}

// lastCommit bounds the last commit: as long as a coordinator may take to
// move, and no longer than a stop can wait.
const lastCommit = 5 * time.Second

// last commits what is left.
func (c *committer) last() {
	ctx, cancel := context.WithTimeout(context.Background(), lastCommit)
	defer cancel()
	for n := 1; ; n++ {
		cl := c.commit(ctx)
		if cl == classOK || cl == classFenced || !wait(ctx, backoff(classRetry, n+4)) {
			return
		}
	}
}

// commit commits what is marked.
func (c *committer) commit(ctx context.Context) class {
	offsets := c.take()
	if len(offsets) == 0 || c.dry {
		return classOK
	}
	begun := time.Now()
	code, err := c.cluster.commit(ctx, c.who, offsets)
	if err == nil {
		err = errorOf(code)
	}
	cl, kind := classifyError(err)
	c.metrics.Stage(metrics.StageCommit, time.Since(begun))
	if cl == classOK {
		chaospoint.At(chaospoint.Committed)
		c.metrics.Committed(metrics.Success)
		return cl
	}
	c.metrics.Committed(metrics.Failure)
	c.metrics.KafkaError(metrics.APIOffsetCommit, kind)
	if cl != classFenced {
		c.untake(offsets)
	}
	return cl
}
