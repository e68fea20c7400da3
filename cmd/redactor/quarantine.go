package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redactor/internal/seal"
	"redactor/stream"
)

const quarantineHelp = `See, open, replay and drop records that could not be judged.

The quarantine topic holds where each of them is and why. With quarantine.recipient
set in redactor.yaml it holds the records too, sealed as age files: the proxy has
the public key alone, and only who holds the identity can open them.

A record is named by its place in the source: TOPIC/PARTITION/OFFSET. Replaying or
dropping one writes a tombstone under its key into the quarantine topic.`

func newQuarantine() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "quarantine",
		Short:   "See, open, replay and drop records that could not be judged",
		Long:    quarantineHelp,
		GroupID: groupRun,
		Args:    exactly(0, "one of ls, show, replay, drop, keygen"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	w := new(ward)
	cmd.PersistentFlags().StringVarP(&w.path, "config", "c", "", "configuration (default: $REDACTOR_CONFIG, else redactor.yaml)")
	cmd.AddCommand(newQuarantineLs(w), newQuarantineShow(w), newQuarantineReplay(w), newQuarantineDrop(w), newQuarantineKeygen())
	return cmd
}

// ward is what the quarantine's commands work on.
type ward struct {
	path   string
	choice selection
	cfg    *config
	client *stream.Client
	cmd    *cobra.Command
}

// selection says which records a command is about.
type selection struct {
	topic, reason, policy, recipient string
	all                              bool
	places                           []string
}

// flags adds the flags that choose records.
func (c *selection) flags(cmd *cobra.Command, many bool) {
	f := cmd.Flags()
	f.StringVar(&c.topic, "topic", "", "only records of this source topic")
	f.StringVar(&c.reason, "reason", "", "only records quarantined for this reason")
	f.StringVar(&c.policy, "policy", "", "only records judged by the policy whose digest begins so")
	f.StringVar(&c.recipient, "profile", "", "only records that this recipient did not get")
	if many {
		f.BoolVar(&c.all, "all", false, "every record that the other flags let through")
	}
}

// named reports whether the user has said which records are meant.
func (c *selection) named() bool {
	return c.all || len(c.places) > 0 || c.topic != "" || c.reason != "" || c.policy != "" || c.recipient != ""
}

func (c *selection) takes(q *stream.Quarantined) bool {
	return (c.topic == "" || q.Topic == c.topic) && (c.reason == "" || q.Reason == c.reason) &&
		strings.HasPrefix(q.Policy, c.policy) && (c.recipient == "" || slices.Contains(q.Recipients, c.recipient)) &&
		(len(c.places) == 0 || slices.Contains(c.places, placeOf(q)))
}

// placeOf names a record by its place in the source.
func placeOf(q *stream.Quarantined) string {
	return fmt.Sprintf("%s/%d/%d", q.Topic, q.Partition, q.Offset)
}

// parsePlaces checks arguments that name records.
func parsePlaces(args []string) error {
	for _, a := range args {
		parts := strings.Split(a, "/")
		ok := len(parts) == 3 && parts[0] != ""
		for _, n := range parts[min(1, len(parts)):] {
			_, err := strconv.ParseUint(n, 10, 63)
			ok = ok && err == nil
		}
		if !ok {
			return usagef("%q is no record; TOPIC/PARTITION/OFFSET names one, as ls shows them", a)
		}
	}
	return nil
}

// open reads the configuration and makes the client.
func (w *ward) open(cmd *cobra.Command, args []string) (err error) {
	if err := parsePlaces(args); err != nil {
		return err
	}
	w.cmd, w.choice.places = cmd, args
	if w.cfg, err = toolConfig(cmd, w.path); err != nil {
		return err
	}
	w.client, err = newClient(w.cfg)
	return err
}

// held is one record in the quarantine. Its payload stays there until it is
// wanted: a quarantine may be larger than memory.
type held struct {
	stream.Quarantined
	at       time.Time // when it was quarantined
	part     int32     // of the quarantine topic
	offset   int64
	settled  bool // replayed or dropped: a tombstone came later
	repeated int  // times that it was quarantined again, by a retry or a restart
}

// list reads what is in the quarantine, without payloads: each record and
// reason once, the latest of it. Records that cannot be read are counted.
func (w *ward) list(ctx context.Context) (all []*held, strange int, err error) {
	byKey := make(map[string]*held)
	err = w.client.Read(ctx, w.cfg.Quarantine.Topic, func(r *stream.Record) error {
		if known := byKey[string(r.Key)]; r.Value == nil && r.Key != nil {
			if known != nil {
				known.settled = true
			}
			return nil
		}
		h, ok := readHeld(r)
		if !ok {
			strange++
			return nil
		}
		if known := byKey[h.Key()]; known != nil {
			h.repeated = known.repeated
			if !known.settled {
				h.repeated++
			}
			*known = *h
			return nil
		}
		byKey[h.Key()] = h
		all = append(all, h)
		return nil
	})
	return all, strange, kafkaError(err)
}

// readHeld reads the coordinates of a quarantine record.
func readHeld(r *stream.Record) (*held, bool) {
	text := r.Header(stream.QuarantineHeader)
	if text == nil {
		text = r.Value
	}
	h := &held{part: r.Partition, offset: r.Offset, at: msTime(r.Timestamp)}
	if err := json.Unmarshal(text, &h.Quarantined); err != nil || h.Topic == "" || h.Reason == "" {
		return nil, false
	}
	return h, true
}

// chosen is list for what the flags and arguments choose and nobody has
// settled.
func (w *ward) chosen(ctx context.Context) ([]*held, error) {
	all, strange, err := w.list(ctx)
	if err != nil {
		return nil, err
	}
	w.warn(strange)
	out := slices.DeleteFunc(all, func(h *held) bool { return h.settled || !w.choice.takes(&h.Quarantined) })
	if len(out) == 0 {
		return nil, &failure{code: exitFindings, err: errors.New("the quarantine holds no such record; redactor quarantine ls lists what it holds")}
	}
	return out, nil
}

func (w *ward) warn(strange int) {
	if strange > 0 {
		fmt.Fprintf(w.cmd.ErrOrStderr(), "warning: %s in %s that no proxy of this version has written\n", plural(strange, "record"), w.cfg.Quarantine.Topic)
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// payloads calls each with the chosen records and what they were, in the order
// of the quarantine. fail is asked what to do with one that cannot be opened.
func (w *ward) payloads(ctx context.Context, chosen []*held, open opener, each func(*held, *stream.Original) error, fail func(*held, error) error) error {
	wanted := make(map[int32]map[int64]*held)
	for _, h := range chosen {
		if wanted[h.part] == nil {
			wanted[h.part] = make(map[int64]*held)
		}
		wanted[h.part][h.offset] = h
	}
	for _, part := range slices.Sorted(maps.Keys(wanted)) {
		records := wanted[part]
		first, last := int64(math.MaxInt64), int64(0)
		for at := range records {
			first, last = min(first, at), max(last, at)
		}
		err := w.client.ReadPartition(ctx, w.cfg.Quarantine.Topic, part, first, last+1, func(r *stream.Record) error {
			h := records[r.Offset]
			if h == nil {
				return nil
			}
			o, err := open(ctx, h, r)
			if err != nil {
				return fail(h, err)
			}
			return each(h, o)
		})
		if err != nil {
			return kafkaError(err)
		}
	}
	return nil
}

// opener returns the record that a quarantine record is about.
type opener func(ctx context.Context, h *held, r *stream.Record) (*stream.Original, error)

var errNotSealed = errors.New("only its coordinates are in the quarantine")

// sealedBy opens payloads with an identity file.
func sealedBy(ids *seal.Identities) opener {
	return func(_ context.Context, h *held, r *stream.Record) (*stream.Original, error) {
		if h.Payload != stream.PayloadSealed {
			return nil, errNotSealed
		}
		plain, err := ids.Open(r.Value)
		if err != nil {
			return nil, err
		}
		o, err := stream.ReadOriginal(plain)
		if err != nil {
			return nil, err
		}
		if o.Topic != h.Topic || o.Partition != h.Partition || o.Offset != h.Offset {
			return nil, errors.New("its payload is that of another record: somebody has moved it")
		}
		return o, nil
	}
}

// fromSource reads records where they came from, as long as the source has
// them. They can be read by whoever may read the source.
func (w *ward) fromSource(ctx context.Context, h *held, _ *stream.Record) (*stream.Original, error) {
	if h.LastOffset > 0 {
		return nil, errors.New("a whole batch that cannot be taken apart")
	}
	if _, err := w.client.Partitions(ctx, h.Topic); err != nil {
		return nil, err
	}
	first, end, err := w.client.Bounds(ctx, h.Topic, h.Partition)
	if err != nil {
		return nil, err
	}
	var found *stream.Original
	if first <= h.Offset && h.Offset < end {
		err = w.client.ReadPartition(ctx, h.Topic, h.Partition, h.Offset, h.Offset+1, func(r *stream.Record) error {
			found = &stream.Original{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Value: r.Value, Headers: r.Headers}
			return nil
		})
	}
	if err == nil && found == nil {
		err = errors.New("the source does not have it any more")
	}
	return found, err
}

// settle writes tombstones for records that are done with.
func (w *ward) settle(ctx context.Context, done []*held) error {
	byPart := make(map[int32][]*stream.Record)
	for _, h := range done {
		byPart[h.part] = append(byPart[h.part], &stream.Record{Timestamp: time.Now().UnixMilli(), Key: []byte(h.Key())})
	}
	for part, records := range byPart {
		if err := w.client.Write(ctx, w.cfg.Quarantine.Topic, part, records...); err != nil {
			return kafkaError(err)
		}
	}
	return nil
}

// mustAudit refuses what leaves no trace.
func (w *ward) mustAudit(what string) error {
	if w.cfg.Audit.File == "" {
		return configf("%s names no audit log; set audit: {file: audit.jsonl}: %s must leave a trace", w.cfg.file, what)
	}
	return nil
}

// touched is what the audit log says of records that somebody handled. Places
// are no secret: they are in the quarantine for all to see.
type touched struct {
	Who     string         `json:"who"`
	Why     string         `json:"why,omitempty"`
	Records int            `json:"records"`
	Reasons map[string]int `json:"reasons"`
	Places  []string       `json:"places"` // the first maxPlaces
	To      string         `json:"to,omitempty"`
	Policy  string         `json:"policy,omitempty"` // digest that they are judged by now
}

const maxPlaces = 1000

func touch(records []*held, why string) touched {
	e := touched{Who: operator(), Why: why, Records: len(records), Reasons: make(map[string]int)}
	for _, h := range records {
		e.Reasons[h.Reason]++
		if len(e.Places) < maxPlaces {
			e.Places = append(e.Places, placeOf(&h.Quarantined))
		}
	}
	return e
}

// confirm asks a person. Without one to ask, --yes has to be there.
func (w *ward) confirm(yes bool, question string) error {
	talk := w.cmd.ErrOrStderr()
	if yes {
		fmt.Fprintln(talk, question)
		return nil
	}
	if !isTerminal(w.cmd.InOrStdin()) {
		fmt.Fprintln(talk, question)
		return usagef("nobody is there to answer; say --yes")
	}
	fmt.Fprintf(talk, "%s\nGo on? [y/N] ", question)
	line, err := bufio.NewReader(w.cmd.InOrStdin()).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return &failure{code: exitFindings, err: errors.New("nothing was done")}
	}
	return nil
}

// kafkaError gives an error of the client its exit code.
func kafkaError(err error) error {
	away, topics, f := new(stream.ConnectError), new(stream.TopicError), new(failure)
	switch {
	case err == nil, errors.As(err, &f):
		return err
	case errors.As(err, &away):
		return unavailablef("%w", err)
	case errors.As(err, &topics):
		return configf("%w", err)
	}
	return err
}

// byPlace orders records by their place.
func byPlace(a, b *held) int {
	return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset), strings.Compare(a.Reason, b.Reason))
}

// newQuarantineKeygen makes the key pair that the quarantine is sealed with.
func newQuarantineKeygen() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make the key pair that the quarantine is sealed with",
		Long: `Write a new identity to FILE, for its owner alone, and print the public key.

The public key goes into redactor.yaml: quarantine: {recipient: age1…}. The file goes
to who may open the quarantine, and never to where the proxy runs. age-keygen makes
the same files.`,
		Example: "  redactor quarantine keygen quarantine.identity",
		Args:    exactly(1, "the file to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, public, err := seal.NewIdentity()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			_, err = f.WriteString(text)
			if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), public)
			return err
		},
	}
}
