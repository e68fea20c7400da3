package admin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed ui
var ui embed.FS

var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"count": count, "digits": digits,
	"ago": func(t time.Time) string { return ago(time.Since(t)) },
	"short": func(digest string) string {
		_, hex, ok := strings.Cut(digest, ":")
		if !ok {
			hex = digest
		}
		return hex[:min(len(hex), 12)]
	},
}).ParseFS(ui, "ui/page.html"))

// page is what the template shows.
type page struct {
	Status
	Now        time.Time
	Ready      []Reason
	Leaks      float64
	LeaksBy    []tally
	Loaded     time.Time // the policy
	Refused    bool      // the last load
	Books      []bookRow
	Quarantine []tally
	Silent     []string // fields that no record had
	Parts      []part
	MayAct     bool // who looks has shown the token
	CouldAct   bool // there is a token to show
	Flows      []flow
	Held       []PartitionStatus // partitions that do not run
	Lag        []PartitionStatus
}

type tally struct {
	Name string
	N    float64
}

// bookRow is one recipient: routed = produced + filtered + failed + in flight.
type bookRow struct {
	RecipientStatus
	Routed, Produced, Filtered, Failed, InFlight, Leaks float64
	Rate                                                string
}

// flow is one route with its rates.
type flow struct {
	From    string
	Sources []tally
	To      []target
}

type target struct {
	TargetStatus
	Rate string
	Held bool
}

type part struct {
	Name   string
	Charts []picture
}

type picture struct {
	Title, What string
	Chart       template.HTML
	Legend      []legend
}

type legend struct {
	Class, Name, Value string
}

func (s *Server) page(r *http.Request) (*page, error) {
	now, err := takeSnapshot(s.cfg.Metrics.Registry(), time.Now())
	if err != nil {
		return nil, err
	}
	by, _ := s.who(r)
	p := &page{
		Status: s.cfg.Status(), Now: now.at, Ready: s.ready(),
		Leaks:    now.sum("redactor_leaks_detected_total"),
		LeaksBy:  tallies(now.sums("redactor_leaks_detected_total", "profile", "detector")),
		Loaded:   time.Unix(int64(now.sum("redactor_policy_last_reload_success_timestamp_seconds")), 0),
		Refused:  now.sum("redactor_policy_last_reload_successful") == 0,
		MayAct:   by != "" && len(s.cfg.Actions) > 0,
		CouldAct: len(s.cfg.Actions) > 0,
	}
	p.Quarantine = tallies(now.sums("redactor_records_quarantined_total", "reason"))
	for field, n := range now.sums("redactor_fields_total", "field") {
		if n == 0 {
			p.Silent = append(p.Silent, field)
		}
	}
	slices.Sort(p.Silent)
	p.books(now, s.history)
	p.flows(s.history)
	for _, pt := range p.Partitions {
		if pt.State != "running" {
			p.Held = append(p.Held, pt)
		}
		if pt.Lag > 0 {
			p.Lag = append(p.Lag, pt)
		}
	}
	slices.SortStableFunc(p.Lag, func(a, b PartitionStatus) int { return int(b.Lag - a.Lag) })
	p.Lag = p.Lag[:min(len(p.Lag), 24)]
	p.charts(s.history)
	return p, nil
}

// books makes the rows of the recipients.
func (p *page) books(now *snapshot, h *history) {
	row := func(metric string) map[string]float64 { return now.sums("redactor_"+metric, "profile") }
	routed, produced, filtered := row("records_routed_total"), row("records_produced_total"), row("records_filtered_total")
	failed, inFlight, leaks := row("records_failed_total"), row("records_in_flight"), row("leaks_detected_total")
	for _, r := range p.Recipients {
		name := r.Profile
		p.Books = append(p.Books, bookRow{
			RecipientStatus: r, Routed: routed[name], Produced: produced[name], Filtered: filtered[name],
			Failed: failed[name], InFlight: inFlight[name], Leaks: leaks[name],
			Rate: unitRate.write(h.rate("redactor_records_produced_total", "profile", name)),
		})
	}
}

// flows joins the routes with their rates.
func (p *page) flows(h *history) {
	held := make(map[string]bool)
	for _, r := range p.Recipients {
		held[r.Profile] = r.Paused || r.Tripped
	}
	for _, route := range p.Routes {
		f := flow{From: route.From}
		for _, topic := range route.Sources {
			f.Sources = append(f.Sources, tally{topic, h.rate("redactor_records_consumed_total", "topic", topic)})
		}
		for _, t := range route.To {
			rate, seen := 0.0, make(map[string]bool)
			for _, source := range route.Sources {
				if topic := strings.ReplaceAll(t.Topic, "{topic}", source); !seen[topic] {
					seen[topic] = true
					rate += h.rate("redactor_records_produced_total", "profile", t.Profile, "topic", topic)
				}
			}
			f.To = append(f.To, target{t, unitRate.write(rate), held[t.Profile]})
		}
		p.Flows = append(p.Flows, f)
	}
}

func (p *page) charts(h *history) {
	for i, panel := range panels {
		if len(p.Parts) == 0 || p.Parts[len(p.Parts)-1].Name != panel.part {
			p.Parts = append(p.Parts, part{Name: panel.part})
		}
		times, lines := h.panel(i)
		pic := picture{Title: panel.title, What: panel.what, Chart: chart(times, lines, panel.limit)}
		for j, l := range lines {
			if j == 5 {
				pic.Legend = append(pic.Legend, legend{"", fmt.Sprintf("and %d more", len(lines)-j), ""})
				break
			}
			pic.Legend = append(pic.Legend, legend{fmt.Sprintf("c%d", j%chartColors), l.legend, panel.unit.write(orZero(l.last))})
		}
		last := &p.Parts[len(p.Parts)-1]
		last.Charts = append(last.Charts, pic)
	}
}

// Rate writes the rate of a source.
func (t tally) Rate() string { return unitRate.write(t.N) }

// tallies lists what is not zero, the largest first.
func tallies(m map[string]float64) []tally {
	var all []tally
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name] > 0 {
			all = append(all, tally{name, m[name]})
		}
	}
	slices.SortStableFunc(all, func(a, b tally) int { return int(b.N - a.N) })
	return all
}

// ago is a duration for people.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// contentPolicy allows the page its own sheet and script, and forms to itself.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	p, err := s.page(r)
	if err != nil {
		s.cfg.Log.Error("status page", "error", err)
		http.Error(w, "the metrics cannot be read; see the log", http.StatusInternalServerError)
		return
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		s.cfg.Log.Error("status page", "error", err)
		http.Error(w, "the page cannot be made; see the log", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", contentPolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	if _, err := w.Write(b.Bytes()); err != nil {
		s.cfg.Log.Debug("status page not sent", "error", err)
	}
}

// asset serves one file of the page.
func asset(name, kind string) http.Handler {
	text, err := ui.ReadFile("ui/" + name)
	if err != nil {
		panic("admin: internal error: " + err.Error())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		if _, err := w.Write(text); err != nil {
			return // who asked is gone
		}
	})
}
