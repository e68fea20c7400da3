package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

const quarantineLsHelp = `Count what is in the quarantine by reason, source and policy, and list it.

Nothing of a record is shown but where it is and why. Records that were replayed or
dropped are not listed; --settled lists them too.

Exit: 0 when the quarantine is empty of what is asked for, 1 when it holds some.`

func newQuarantineLs(w *ward) *cobra.Command {
	var output string
	var limit int
	var settled bool
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "Count and list what is in the quarantine; never a value",
		Long:    quarantineLsHelp,
		Example: "  redactor quarantine ls\n  redactor quarantine ls --reason parse --topic device.logs -o json",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("output", output, "text", "json"); err != nil {
				return err
			}
			if err := w.open(cmd, nil); err != nil {
				return err
			}
			defer w.client.Close()
			all, strange, err := w.list(cmd.Context())
			if err != nil {
				return err
			}
			w.warn(strange)
			all = slices.DeleteFunc(all, func(h *held) bool { return h.settled && !settled || !w.choice.takes(&h.Quarantined) })
			slices.SortFunc(all, byPlace)
			if output == "json" {
				err = w.listJSON(all)
			} else {
				err = w.listText(all, limit)
			}
			if err == nil && slices.ContainsFunc(all, func(h *held) bool { return !h.settled }) {
				return findings()
			}
			return err
		},
	}
	w.choice.flags(cmd, false)
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "text", "text or json")
	f.IntVar(&limit, "limit", 50, "list so many records at most, in text; 0: only count")
	f.BoolVar(&settled, "settled", false, "records that were replayed or dropped too")
	return cmd
}

// heldCount is how many records share topic, reason and policy.
type heldCount struct {
	Topic  string    `json:"topic"`
	Reason string    `json:"reason"`
	Policy string    `json:"policy"`
	Count  int       `json:"count"`
	Sealed int       `json:"sealed"`
	Oldest time.Time `json:"oldest"` // quarantined
	Newest time.Time `json:"newest"`
}

// countHeld counts by topic, reason and policy; the largest first.
func countHeld(all []*held) []heldCount {
	var out []heldCount
	at := make(map[[3]string]int)
	for _, h := range all {
		k := [3]string{h.Topic, h.Reason, h.Policy}
		i, known := at[k]
		if !known {
			i = len(out)
			at[k] = i
			out = append(out, heldCount{Topic: h.Topic, Reason: h.Reason, Policy: h.Policy, Oldest: h.at, Newest: h.at})
		}
		c := &out[i]
		c.Count++
		if h.Payload == "sealed" {
			c.Sealed++
		}
		if h.at.Before(c.Oldest) {
			c.Oldest = h.at
		}
		if h.at.After(c.Newest) {
			c.Newest = h.at
		}
	}
	slices.SortStableFunc(out, func(a, b heldCount) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

func (w *ward) listText(all []*held, limit int) error {
	out := w.cmd.OutOrStdout()
	if len(all) == 0 {
		_, err := fmt.Fprintln(w.cmd.ErrOrStderr(), "the quarantine holds nothing of the kind")
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "COUNT\tREASON\tSOURCE\tPOLICY\tSEALED\tFIRST\tLAST")
	for _, c := range countHeld(all) {
		fmt.Fprintf(t, "%d\t%s\t%s\t%.12s\t%d\t%s\t%s\n", c.Count, c.Reason, c.Topic, c.Policy, c.Sealed, stamp(c.Oldest), stamp(c.Newest))
	}
	if limit > 0 {
		fmt.Fprintln(t, "\nRECORD\tREASON\tQUARANTINED\tNOT SENT TO\tPAYLOAD")
		for _, h := range all[:min(limit, len(all))] {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", span(h), h.Reason, stamp(h.at), strings.Join(h.Recipients, ", "), payloadWord(h))
		}
		if len(all) > limit {
			fmt.Fprintf(t, "… and %d more; --limit shows them\n", len(all)-limit)
		}
	}
	return t.Flush()
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// span is the place of a record, or of a batch.
func span(h *held) string {
	if h.LastOffset > 0 {
		return fmt.Sprintf("%s to %d", placeOf(&h.Quarantined), h.LastOffset)
	}
	return placeOf(&h.Quarantined)
}

func payloadWord(h *held) string {
	switch {
	case h.settled:
		return "settled"
	case h.Payload == "":
		return "coordinates"
	}
	return string(h.Payload)
}

func (w *ward) listJSON(all []*held) error {
	type line struct {
		Record      string    `json:"record"`
		LastOffset  int64     `json:"last_offset,omitempty"`
		Reason      string    `json:"reason"`
		Recipients  []string  `json:"recipients"`
		Policy      string    `json:"policy"`
		Payload     string    `json:"payload"`
		Timestamp   time.Time `json:"timestamp"`
		Quarantined time.Time `json:"quarantined"`
		Settled     bool      `json:"settled,omitempty"`
		Repeated    int       `json:"repeated,omitempty"`
	}
	lines := make([]line, 0, len(all))
	for _, h := range all {
		payload := string(h.Payload)
		if payload == "" {
			payload = "coordinates"
		}
		lines = append(lines, line{placeOf(&h.Quarantined), h.LastOffset, h.Reason, h.Recipients, h.Policy, payload, msTime(h.Timestamp).UTC(), h.at.UTC(), h.settled, h.repeated})
	}
	counts := countHeld(all)
	if counts == nil {
		counts = []heldCount{}
	}
	e := json.NewEncoder(w.cmd.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Version int         `json:"version"`
		Counts  []heldCount `json:"counts"`
		Records []line      `json:"records"`
	}{1, counts, lines})
}
