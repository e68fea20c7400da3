package admin

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"redactor/metrics"
)

// atWork is a proxy that has done something: enough of one thing, little of another.
func atWork() *metrics.Metrics {
	m := metrics.New(metrics.Config{
		Fields: []metrics.Field{{Name: "imei", Level: "L4"}, {Name: "old-name", Level: "L2"}}, Detectors: []string{"imei"},
		Profiles: []metrics.Profile{{Name: "analytics", Actions: []string{"pseudonym", "keep"}}, {Name: "acme"}},
	})
	m.ForTopic("device.logs").Assigned(0)
	m.ForTopic("device.logs").Consumed(5000, 100_000)
	a, b := m.ForProfile("analytics"), m.ForProfile("acme")
	a.Routed(5000)
	a.Output("analytics.device.logs").Produced(4990, 90_000)
	a.Failed("parse", 3)
	a.Field(0, 4000)
	b.Routed(5000)
	b.Filtered(5000)
	m.Quarantined("parse", 3)
	return m
}

func status() Status {
	return Status{
		Version: "v1.2.3", Started: time.Now().Add(-time.Hour), Group: "redactor",
		Policy:     PolicyStatus{Name: "logs", Revision: "7", Digest: "sha256:ab12cd34", Approved: "by privacy until 2027-01-01"},
		Routes:     []RouteStatus{{From: "device.*", Sources: []string{"device.logs"}, To: []TargetStatus{{"analytics", "analytics.{topic}"}, {"acme", "acme.logs"}}}},
		Matrix:     Matrix{Head: []string{"field", "level", "analytics"}, Rows: [][]string{{"imei", "L4", "pseudonym"}}},
		Recipients: []RecipientStatus{{Profile: "analytics"}, {Profile: "acme", Paused: true}},
		Partitions: []PartitionStatus{{"device.logs", 0, "stalled", "produce to acme.logs: <b>refused</b>", 12}},
		Problems:   []string{"topic nowhere does not exist"},
	}
}

func TestPage(t *testing.T) {
	m := atWork()
	url, _ := serve(t, Config{Listen: "127.0.0.1:0", Metrics: m, Status: status})
	code, page := get(t, url+"/", nil)
	if code != 200 {
		t.Fatalf("%d %s", code, page)
	}
	for _, want := range []string{
		"logs", "v1.2.3", "up 1 h", "group redactor", "ab12cd34", "by privacy until 2027-01-01", "topic nowhere does not exist",
		`<p class="big">0</p>`,                       // leaks
		"5 000", "4 990", "&lt; 20", "device.logs/0", // 3 records are not shown as 3
		"stalled", "&lt;b&gt;refused", "paused", "analytics.{topic}", "pseudonym", "old-name",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(page, ">3<") {
		t.Error("the page shows a count below 20")
	}
	if bad := regexp.MustCompile(`(?i)\sstyle=|<style|<script>|\son\w+=|https?://`).FindString(page); bad != "" {
		t.Errorf("the page holds %q, which its content policy forbids, or which is somebody else's", bad)
	}
	if strings.Contains(page, "<button") {
		t.Error("buttons for somebody who has shown no token")
	}
	m.ForProfile("analytics").Leaked("imei", 25)
	if _, page = get(t, url+"/", nil); !strings.Contains(page, `card bad`) || !strings.Contains(page, "analytics imei (25)") {
		t.Error("leaks do not show")
	}
}

// TestPanelsAreTheDashboards: the charts of the page are those of the dashboards, under the same names. What needs
// more than one instance, or more than half an hour, and what the top of the page shows, is not drawn.
func TestPanelsAreTheDashboards(t *testing.T) {
	elsewhere := []string{
		"Leaks stopped", "Breakers open", "Recipients paused", "Policy approval", "Policies in force", "Policy loads", "Policy age", "Ready",
		"Rules that never fire (24 h)", // above the charts
		"Instances up", "Freshness objective", "Partitions by instance", "End to end heat map", "Key days left", "Key age",
	}
	var titles []string
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Panels []struct{ Type, Title string }
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Panels {
			if p.Type != "row" {
				titles = append(titles, p.Title)
			}
		}
	}
	drawn := func(title string) bool {
		return slices.ContainsFunc(panels, func(p panel) bool { return p.title == title })
	}
	for _, title := range titles {
		if !drawn(title) && !slices.Contains(elsewhere, title) {
			t.Errorf("the page does not draw %q", title)
		}
	}
	for _, p := range panels {
		if !slices.Contains(titles, p.title) {
			t.Errorf("no dashboard has %q", p.title)
		}
	}
}

// TestPanelsMeasure: each panel that has something to show shows it, and shows the right number.
func TestPanelsMeasure(t *testing.T) {
	m := atWork()
	h := newHistory(m)
	begun := time.Unix(1790000000, 0)
	look := func(at time.Duration) {
		s, err := takeSnapshot(m.Registry(), begun.Add(at))
		if err != nil {
			t.Fatal(err)
		}
		h.add(s)
	}
	look(0)
	a := m.ForProfile("analytics")
	m.ForTopic("device.logs").Consumed(1000, 1<<20)
	m.ForTopic("device.logs").Lag(0, 77)
	m.ForTopic("device.logs").LastRecord(begun.UnixMilli())
	a.Routed(500)
	a.Output("analytics.device.logs").Produced(500, 1<<19)
	for range 99 {
		a.EndToEnd(30*time.Millisecond, "")
	}
	a.EndToEnd(20*time.Second, "")
	m.Batch(100)
	m.Batch(300)
	m.KafkaError(metrics.APIProduce, metrics.CodeLeader)
	m.Stage(metrics.StageRedact, time.Second)
	m.ObserveCache(func() metrics.CacheStats { return metrics.CacheStats{Hits: 30, Misses: 10, Entries: 9} })
	look(10 * time.Second)
	for _, want := range []struct {
		title, legend string
		v             float64
	}{
		{"Records in", "", 100}, {"Records in by topic", "device.logs", 100}, {"Records out by recipient", "analytics", 50},
		{"Lag", "", 77}, {"Lag by partition", "device.logs 0", 77}, {"Lag in seconds", "", 10}, {"Age of the newest record", "device.logs", 10},
		{"Bytes in and out", "in", (1 << 20) / 10.}, {"Bytes in and out", "out", (1 << 19) / 10.},
		{"In flight", "analytics", 7}, {"Unaccounted records", "analytics", 0}, {"Unaccounted records", "acme", 0},
		{"Records in a batch", "", 200}, {"Kafka errors", "produce leader", .1}, {"Where time goes", "redact", .1},
		{"Cache hit ratio", "", .75}, {"Cache entries", "", 9}, {"End to end p50", "analytics", .025 + .025*50/99}, {"End to end p99", "analytics", .05},
	} {
		i := slices.IndexFunc(panels, func(p panel) bool { return p.title == want.title })
		_, lines := h.panel(i)
		j := slices.IndexFunc(lines, func(l line) bool { return l.legend == want.legend })
		if j < 0 {
			t.Errorf("%s has no line %q", want.title, want.legend)
			continue
		}
		if got := lines[j].last; math.Abs(got-want.v) > 1e-6*want.v {
			t.Errorf("%s, %q: %v, want %v", want.title, want.legend, got, want.v)
		}
	}
}

// TestHistoryIsBounded: neither time nor topics that come and go make it grow.
func TestHistoryIsBounded(t *testing.T) {
	m := metrics.New(metrics.Config{})
	h := newHistory(m)
	for i := range samples + 50 {
		topic := m.ForTopic(fmt.Sprint("t", i%200))
		topic.Consumed(1, 1)
		if i%100 != 0 { // a look is work; the shape is what counts
			continue
		}
		s, err := takeSnapshot(m.Registry(), time.Unix(int64(i), 0))
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			h.add(s)
		}
	}
	if len(h.times) != samples {
		t.Errorf("%d moments, want %d", len(h.times), samples)
	}
	for i, lines := range h.lines {
		if len(lines) > 4*maxSeries {
			t.Errorf("%s keeps %d lines", panels[i].title, len(lines))
		}
		for legend, points := range lines {
			if len(points) != samples {
				t.Errorf("%s, %s: %d points", panels[i].title, legend, len(points))
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		count(0): "0", count(1): "< 20", count(19): "< 20", count(20): "20", count(1234567): "1 234 567",
		digits(-1234): "−1 234", unitRate.write(999.6): "1000/s", unitRate.write(12345): "12.3 k/s", unitSeconds.write(.0123): "12.3 ms",
		unitSeconds.write(7200): "2h0m0s", unitBytes.write(1536): "1.5 KiB", unitShare.write(.5): "50 %", unitCount.write(0): "0",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestOrders: who may give one, and who may not.
func TestOrders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("correct-horse-battery"), 0o600); err != nil {
		t.Fatal(err)
	}
	token, err := LoadToken(file)
	if err != nil {
		t.Fatal(err)
	}
	var done []string
	pause := []Action{{"/pause", func(by string, r *http.Request) error {
		if r.PostFormValue("profile") == "nobody" {
			return fmt.Errorf("there is no recipient of that name")
		}
		done = append(done, by+" pauses "+r.PostFormValue("profile"))
		return nil
	}}}
	order := func(url string, edit func(*http.Request)) int {
		r, err := http.NewRequest("POST", url+"/pause", strings.NewReader("profile=acme"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		edit(r)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	anna := func(r *http.Request) { r.SetBasicAuth("anna\n", "correct-horse-battery") }

	open, _ := serve(t, Config{Listen: "127.0.0.1:0", Actions: pause})
	if code := order(open, anna); code != 403 {
		t.Errorf("without a token, on loopback: %d, want 403", code)
	}
	url, logged := serve(t, Config{Listen: "127.0.0.1:0", Token: token, Actions: pause, Status: status})
	for name, c := range map[string]struct {
		edit func(*http.Request)
		want int
	}{
		"nobody":         {func(*http.Request) {}, 401},
		"a wrong token":  {func(r *http.Request) { r.SetBasicAuth("anna", "wrong") }, 401},
		"another origin": {func(r *http.Request) { anna(r); r.Header.Set("Origin", "http://evil.example") }, 403},
		"another site":   {func(r *http.Request) { anna(r); r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		"another page":   {func(r *http.Request) { anna(r); r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
	} {
		if code := order(url, c.edit); code != c.want {
			t.Errorf("%s: %d, want %d", name, code, c.want)
		}
	}
	if len(done) > 0 {
		t.Fatalf("done all the same: %q", done)
	}
	if code := order(url, anna); code != 204 {
		t.Errorf("with the token: %d, want 204", code)
	}
	if code := order(url, func(r *http.Request) { r.Header.Set("Authorization", "Bearer correct-horse-battery") }); code != 204 {
		t.Errorf("with the token as a bearer: %d, want 204", code)
	}
	if code := order(url, func(r *http.Request) {
		anna(r)
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}); code != 303 {
		t.Errorf("from the page: %d, want 303", code)
	}
	if want := []string{"token anna pauses acme", "token pauses acme", "token anna pauses acme"}; !slices.Equal(done, want) {
		t.Errorf("%q, want %q", done, want)
	}
	if code, page := get(t, url+"/", anna); code != 200 || !strings.Contains(page, `action="/resume"><button name="profile" value="acme"`) {
		t.Errorf("%d: no button to resume for who has the token", code)
	}
	if strings.Contains(logged.String(), "horse") {
		t.Error("the token was logged")
	}
}

// BenchmarkLook is what the status page costs every five seconds, whether or not somebody has it open: a policy of
// 100 fields for three recipients, 12 topics of 24 partitions.
func BenchmarkLook(b *testing.B) {
	m := large()
	h := newHistory(m)
	b.ReportAllocs()
	cpu := usage()
	for i := 0; b.Loop(); i++ {
		s, err := takeSnapshot(m.Registry(), time.Unix(int64(5*i), 0))
		if err != nil {
			b.Fatal(err)
		}
		h.add(s)
	}
	b.ReportMetric(float64(usage()-cpu)/float64(b.N)/float64(sampleEvery)*100, "%CPU")
}

// usage is the processor time of this process: machines are shared.
func usage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// large are the metrics of an instance with much to do.
func large() *metrics.Metrics {
	cfg := metrics.Config{Detectors: strings.Fields("imei email phone ipv4 ipv6 mac card idcard")}
	for i := range 100 {
		cfg.Fields = append(cfg.Fields, metrics.Field{Name: fmt.Sprint("field-", i), Level: "L4"})
	}
	for _, name := range []string{"analytics", "academic", "acme"} {
		cfg.Profiles = append(cfg.Profiles, metrics.Profile{Name: name})
	}
	m := metrics.New(cfg)
	for i := range 12 {
		topic := m.ForTopic(fmt.Sprint("topic-", i))
		for p := range 24 {
			topic.Assigned(p)
		}
		for _, p := range cfg.Profiles {
			m.ForProfile(p.Name).Output(fmt.Sprint(p.Name, ".topic-", i)).Produced(1, 1)
		}
	}
	return m
}

// BenchmarkScrape is what one scrape costs.
func BenchmarkScrape(b *testing.B) {
	h := large().Handler()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	b.ReportAllocs()
	cpu := usage()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	b.ReportMetric(float64(usage()-cpu)/float64(b.N)/float64(15*time.Second)*100, "%CPU-at-15s")
}
