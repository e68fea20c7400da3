package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/internal/synth"
)

// TestStarter goes the way of a new user: init, the edits that its files ask for, run. The records are made
// up with every identifier that the catalog knows, and none of them may be in anything that comes out.
func TestStarter(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		prefix := b.named(t, "")
		r := initStarter(t, b, prefix)
		device, usage := prefix+"device.logs.android", prefix+"usage.events"
		outputs := []string{"analytics." + device, "analytics." + usage, prefix + "research.device", prefix + "research.usage", prefix + "partner.crash"}
		for _, topic := range append([]string{device, usage, r.quarantine}, outputs...) {
			b.createTopic(t, topic, 2)
		}
		p := r.start(t, b, "starter")

		raw := plantedIndex{}
		produce(t, b, device, synth.Mixed, raw)
		produce(t, b, usage, synth.Nested, raw)
		for _, topic := range []string{device, usage} {
			r.source = topic
			r.awaitDrained(t, b)
		}
		p.leave(t)
		for _, topic := range append(outputs, r.quarantine) {
			n := 0
			readWithKcat(t, b, topic, func(s seen) {
				n++
				for _, part := range [][]byte{s.key, s.value, []byte(s.headers)} {
					if p, held := raw.in(part); held {
						t.Errorf("%s offset %d holds a raw %s: %q in %s", topic, s.offset, p.Name, p.Value, part)
					}
				}
			})
			t.Logf("%s: %d records", strings.TrimPrefix(topic, prefix), n)
			if n == 0 && topic != r.quarantine {
				t.Errorf("%s is empty: nothing was proved", topic)
			}
		}
	})
}

// initStarter runs init and edits what it wrote, as a user does. Topics get a prefix, because other tests
// share the broker.
func initStarter(t *testing.T, b *broker, prefix string) *route {
	t.Helper()
	r := &route{dir: filepath.Join(t.TempDir(), "starter"), group: prefix + "group", quarantine: prefix + "quarantine", partitions: 2}
	r.keys = map[string]string{"join-analytics": "keys/join-analytics", "join-academic": "keys/join-academic", "join-crash": "keys/join-crash"}
	cmd := exec.Command(buildRedactor(t), "init", r.dir)
	cmd.Env = []string{}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	r.edit(t, "policy.yaml", "demo: true\n", "")
	policy, err := os.ReadFile(filepath.Join(r.dir, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	prefixed := strings.NewReplacer("device.logs.", prefix+"device.logs.", "usage.events", prefix+"usage.events", "research.", prefix+"research.", "partner.crash", prefix+"partner.crash")
	r.file(t, "policy.yaml", prefixed.Replace(string(policy)))
	return r
}

// produce writes synthetic records and notes what is planted in them.
func produce(t *testing.T, b *broker, topic string, kind synth.Kind, raw plantedIndex) {
	t.Helper()
	g := synth.NewWith(synth.Options{Seed: 1, Subjects: 300, Start: started - 3_600_000, Tombstones: 100, Track: true})
	var records []*kgo.Record
	for n := range 5000 {
		record := &kgo.Record{Topic: topic, Partition: int32(n % 2), Value: g.Append([]byte{}, kind), Key: g.AppendKey(nil)}
		if g.Null() {
			record.Value = nil
		}
		for _, p := range g.Planted() {
			raw.add(p)
		}
		records = append(records, record)
	}
	write(t, b.writer(t), records...)
}

// plantedIndex finds any of many raw values in a text: by their first bytes, then whole.
type plantedIndex map[[prefixLen]byte][]synth.Planted

const prefixLen = 6

func (x plantedIndex) add(p synth.Planted) {
	if len(p.Value) < prefixLen {
		return
	}
	k := [prefixLen]byte(p.Value)
	for _, have := range x[k] {
		if bytes.Equal(have.Value, p.Value) {
			return
		}
	}
	x[k] = append(x[k], synth.Planted{Name: p.Name, Value: bytes.Clone(p.Value)})
}

// in finds the first raw value that stands in the text.
func (x plantedIndex) in(text []byte) (synth.Planted, bool) {
	for i := 0; i+prefixLen <= len(text); i++ {
		for _, p := range x[[prefixLen]byte(text[i:])] {
			if bytes.HasPrefix(text[i:], p.Value) {
				return p, true
			}
		}
	}
	return synth.Planted{}, false
}

func TestPlantedIndexFinds(t *testing.T) {
	x := plantedIndex{}
	for _, v := range []string{"356938035643809", "356938035643810", "王小明"} {
		x.add(synth.Planted{Name: v, Value: []byte(v)})
	}
	for text, want := range map[string]string{
		`{"a":356938035643810}`: "356938035643810",
		`356938035643809`:       "356938035643809",
		`x王小明`:                  "王小明",
		`35693803564381`:        "",
		``:                      "",
	} {
		if p, _ := x.in([]byte(text)); p.Name != want {
			t.Errorf("in %q: found %q, want %q", text, p.Name, want)
		}
	}
}
