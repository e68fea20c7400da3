package redact

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	marathon     = flag.Uint64("marathon", 0, "documents that TestMarathon compares")
	marathonFrom = flag.Uint64("marathon-from", 0, "leg at which TestMarathon begins: what a run before said it reached")
	marathonRuns = flag.Int("marathon-runners", 2, "goroutines of TestMarathon")
)

// legLength is how many documents one policy is tried on.
const legLength = 20_000

// TestMarathon compares the engine, by both scanners, with its twin on as many
// documents as -marathon says: too many for the tests of every day.
//
//	go test ./redact -run TestMarathon -marathon 100000000 -timeout 0
//
// It is a relay: leg n is a policy and documents that n alone decides, so a run
// can go on with -marathon-from where another stopped, and a leg that fails can
// be run again.
func TestMarathon(t *testing.T) {
	if *marathon == 0 {
		t.Skip("without -marathon")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	var next, done atomic.Uint64
	next.Store(*marathonFrom)
	started, said := time.Now(), atomic.Int64{}
	var runners sync.WaitGroup
	for range *marathonRuns {
		runners.Go(func() {
			for !t.Failed() && done.Load() < *marathon {
				leg := next.Add(1) - 1
				n := done.Add(runLeg(t, leg))
				if now := int64(time.Since(started) / (30 * time.Second)); said.Swap(now) != now {
					fmt.Printf("marathon: %d documents, leg %d, %v\n", n, leg, time.Since(started).Round(time.Second))
				}
			}
		})
	}
	runners.Wait()
	t.Logf("%d documents from leg %d up to leg %d", done.Load(), *marathonFrom, next.Load())
}

// marathonFinds are documents on which TestMarathon failed once, with the leg.
var marathonFinds = []struct {
	leg uint64
	doc string
}{
	{12, "{},\n{}"}, // an empty root that an entry matches did not end the record
}

// TestMarathonFinds runs them with the policies of their legs.
func TestMarathonFinds(t *testing.T) {
	for _, f := range marathonFinds {
		x := newTwinRun(t, randomSpec(rand.New(rand.NewPCG(f.leg, 6))))
		x.compare(t, []byte(f.doc))
	}
}

// runLeg returns how many documents it compared.
func runLeg(t *testing.T, leg uint64) (n uint64) {
	r := rand.New(rand.NewPCG(leg, 6))
	x := newTwinRun(t, randomSpec(r))
	if x == nil {
		return 0
	}
	x.leavesEvery = 8 // a quarter of the time otherwise
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("leg %d, document %d: %v", leg, n, p)
		}
		if t.Failed() {
			t.Errorf("leg %d, document %d", leg, n)
		}
	}()
	c := newCorpus(leg)
	var doc bytes.Buffer
	for n < legLength && !t.Failed() {
		doc.Reset()
		legDocument(r, c, &doc)
		x.compare(t, doc.Bytes())
		n++
		for range 3 {
			x.compare(t, mutate(r, doc.Bytes()))
			n++
		}
	}
	return n
}

// legDocument writes a document: mostly small ones, where grammar is; now and
// then one that is longer than a chunk, or that is moved against the blocks.
func legDocument(r *rand.Rand, c corpus, doc *bytes.Buffer) {
	switch k := r.IntN(100); {
	case k < 70:
		randomDoc(r, doc, 1+r.IntN(3))
	case k < 80:
		doc.WriteString(pick(r, malformed))
	case k < 88: // moved
		doc.WriteString(`["` + strings.Repeat(pick(r, []string{"x", `\\`, "½", `\u00bd`, "客"}), r.IntN(120)) + `",`)
		randomDoc(r, doc, 1+r.IntN(2))
		doc.WriteString("]")
	case k < 95:
		doc.WriteString(strings.Repeat(" ", r.IntN(70)))
		randomDoc(r, doc, 4)
	case k < 97:
		doc.Write(c.flatRecord())
	case k < 98:
		doc.Write(c.nestedRecord())
	case k < 99: // a name over and over
		name, _ := json.Marshal(pick(r, twinNames))
		doc.WriteString("{" + strings.Repeat(string(name)+":[{}],", r.IntN(20)) + string(name) + ":1}")
	default: // more than one chunk
		if r.IntN(20) > 0 {
			randomDoc(r, doc, 2)
			return
		}
		doc.WriteString(`{"a":[`)
		for doc.Len() < 4000 {
			randomDoc(r, doc, 3)
			doc.WriteByte(',')
		}
		randomDoc(r, doc, 3)
		doc.WriteString("]}")
	}
}
