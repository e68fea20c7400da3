package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"redactor/internal/seal"
	"redactor/redact"
	"redactor/rules"
	"redactor/stream"
)

const quarantineReplayHelp = `Judge records again, by the policy as it is now, and send them to the recipients
that did not get them, and to no others.

The policy now must give nobody more than the one that the record was judged by:
that one is looked up among the accepted policies in state.dir, or given with --was.
Pseudonyms are those of the record's own time: its epoch's key, by the clock of when
it was judged first. A record goes to all of its recipients or to none; what still
cannot be judged stays in the quarantine.

Sealed records are opened with --identity; with --from-source they are read from the
source topic again, as long as it has them. A record that was sent and whose
tombstone could not be written any more is sent again by the next replay.`

type replayOptions struct {
	policy, identity, why string
	was                   []string
	fromSource            bool
	dryRun, yes           bool
}

func newQuarantineReplay(w *ward) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:     "replay [RECORD…]",
		Short:   "Judge records again and send them to who did not get them",
		Long:    quarantineReplayHelp,
		Example: "  redactor quarantine replay --reason unfit --identity quarantine.identity --dry-run\n  redactor quarantine replay --all --from-source --was signed.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.identity == "" && !o.fromSource {
				return usagef("records are opened with --identity FILE, or read again with --from-source")
			}
			if o.identity != "" && o.fromSource {
				return usagef("--identity or --from-source, not both")
			}
			if err := w.open(cmd, args); err != nil {
				return err
			}
			defer w.client.Close()
			if !w.choice.named() {
				return usagef("which records? Name them, choose by --topic, --reason, --policy, --profile, or say --all")
			}
			return w.replay(&o)
		},
	}
	w.choice.flags(cmd, true)
	f := cmd.Flags()
	f.StringVarP(&o.identity, "identity", "i", "", "file with the secret key that the quarantine is sealed for")
	f.BoolVar(&o.fromSource, "from-source", false, "read the records from their source topics instead")
	f.StringArrayVar(&o.was, "was", nil, "a policy that records were judged by, where state.dir does not have it")
	f.StringVarP(&o.policy, "by", "p", "", "policy file, instead of the one in the configuration")
	f.StringVar(&o.why, "why", "", "the reason, for the audit log")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would become of each, and send nothing")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

// replayer is the state of one replay.
type replayer struct {
	*ward
	now    *prepared
	routes []stream.Route
	by     map[string]*stream.Replay // by source pattern
	dryRun bool

	done           []*held
	sent, filtered int // records for recipients
	kept           map[string]int
}

func (w *ward) replay(o *replayOptions) error {
	if o.policy != "" {
		w.cfg.Policy = o.policy
	}
	now, err := preparePolicy(w.cfg, nil)
	if err != nil {
		return err
	}
	open := w.fromSource
	if o.identity != "" {
		ids, err := seal.LoadIdentities(o.identity)
		if err != nil {
			return configf("%w", err)
		}
		open = sealedBy(ids)
	}
	if !o.dryRun {
		if err := w.mustAudit("sending records from the quarantine"); err != nil {
			return err
		}
	}
	ctx := w.cmd.Context()
	chosen, err := w.chosen(ctx)
	if err != nil {
		return err
	}
	if err := w.noLooser(chosen, now.policy, o.was); err != nil {
		return err
	}
	e := touch(chosen, o.why)
	e.To, e.Policy = recipientsOf(chosen), now.policy.Digest()
	if !o.dryRun {
		if err := w.confirm(o.yes, fmt.Sprintf("This judges %s again by %s (%.12s) and sends what passes to %s.",
			plural(len(chosen), "record"), w.cfg.Policy, e.Policy, e.To)); err != nil {
			return err
		}
		if err := writeAudit(w.cfg, "quarantine-replay-begun", e); err != nil {
			return err
		}
	}
	r := &replayer{ward: w, now: now, routes: routes(now.policy, now.streams), by: make(map[string]*stream.Replay), dryRun: o.dryRun, kept: make(map[string]int)}
	err = w.payloads(ctx, chosen, open, func(h *held, rec *stream.Original) error { return r.one(ctx, h, rec) },
		func(_ *held, err error) error { return r.keep(err.Error()) })
	return errors.Join(err, r.close(e))
}

// noLooser refuses to judge a record by a policy that gives more than the one
// that it was judged by.
func (w *ward) noLooser(chosen []*held, now *rules.Policy, was []string) error {
	state, err := loadPolicyState(stateDir(w.cfg))
	if err != nil {
		return err
	}
	given := make(map[string]*rules.Policy)
	for _, name := range was {
		p, err := policyAt(name)
		if err != nil {
			return err
		}
		given[p.Digest()] = p
	}
	seen := map[string]bool{now.Digest(): true}
	for _, h := range chosen {
		if seen[h.Policy] {
			continue
		}
		seen[h.Policy] = true
		before := given[h.Policy]
		if before == nil {
			before, err = state.find(h.Policy)
		}
		if before == nil {
			return configf("the policy %.12s, by which %s was judged, is not known here: %w. Give it with --was FILE; --was accepts REV:PATH as git spells it", h.Policy, placeOf(&h.Quarantined), err)
		}
		d := rules.Diff(before, now)
		if d.Changes = slices.DeleteFunc(d.Changes, func(c rules.Change) bool { return c.Direction != rules.Loosened }); len(d.Changes) == 0 {
			continue
		}
		var b strings.Builder
		if err := d.WriteText(&b, false); err != nil {
			return err
		}
		return configf("%s gives recipients more than the policy %.12s, by which %s was judged:\n%sReplay them by a policy that does not: --by FILE", w.cfg.Policy, h.Policy, placeOf(&h.Quarantined), b.String())
	}
	return nil
}

// recipientsOf names everybody who may get something.
func recipientsOf(records []*held) string {
	var names []string
	for _, h := range records {
		names = append(names, h.Recipients...)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// one judges a record and sends it, to all who did not get it or to nobody.
func (r *replayer) one(ctx context.Context, h *held, o *stream.Original) error {
	i := slices.IndexFunc(r.routes, func(x stream.Route) bool { return rules.MatchTopic(x.From, h.Topic) })
	if i < 0 {
		return r.keep("the policy now has no stream for " + h.Topic)
	}
	route := &r.routes[i]
	again := r.by[route.From]
	if again == nil {
		again = r.client.NewReplay(route, r.now.policy.Digest())
		r.by[route.From] = again
	}
	results, err := again.Judge(ctx, o, h.at.UnixMilli(), h.Recipients)
	if err != nil {
		if away := new(stream.ConnectError); errors.As(err, &away) {
			return err
		}
		return r.keep(err.Error())
	}
	for _, res := range results {
		if res.Outcome == redact.Quarantined {
			return r.keep(fmt.Sprintf("still %s for %s", res.Reason, res.Profile))
		}
	}
	if !r.dryRun {
		if err := again.Send(ctx, h.Topic); err != nil {
			return r.keep(err.Error())
		}
	}
	for _, res := range results {
		if res.Outcome == redact.Filtered {
			r.filtered++
		} else {
			r.sent++
		}
	}
	// Many at once: a request for each would be most of the work.
	if r.done = append(r.done, h); len(r.done)%settleAt == 0 && !r.dryRun {
		return r.settle(ctx, r.done[len(r.done)-settleAt:])
	}
	return nil
}

// settleAt is how many records share a request for their tombstones: as many
// are sent again when the replay is cut off.
const settleAt = 100

// keep counts why a record stays where it is.
func (r *replayer) keep(why string) error {
	r.kept[why]++
	return nil
}

// close settles the rest, says what became of all, and notes it.
func (r *replayer) close(e touched) error {
	var err error
	if rest := r.done[len(r.done)/settleAt*settleAt:]; len(rest) > 0 && !r.dryRun {
		err = r.settle(r.cmd.Context(), rest)
	}
	talk := r.cmd.ErrOrStderr()
	verb := "replayed"
	if r.dryRun {
		verb = "would be replayed"
	}
	fmt.Fprintf(talk, "%s %s: %d sent, %d filtered\n", plural(len(r.done), "record"), verb, r.sent, r.filtered)
	left := 0
	for _, why := range slices.SortedFunc(maps.Keys(r.kept), func(a, b string) int { return cmp.Or(r.kept[b]-r.kept[a], strings.Compare(a, b)) }) {
		left += r.kept[why]
		fmt.Fprintf(talk, "%s stay: %s\n", plural(r.kept[why], "record"), why)
	}
	if !r.dryRun {
		err = errors.Join(err, writeAudit(r.cfg, "quarantine-replayed", struct {
			touched
			Replayed int `json:"replayed"`
			Sent     int `json:"sent"`
			Filtered int `json:"filtered"`
			Left     int `json:"left"`
		}{e, len(r.done), r.sent, r.filtered, left}))
	}
	if err == nil && left > 0 {
		return findings()
	}
	return err
}
