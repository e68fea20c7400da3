package e2e

import (
	"cmp"
	"context"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestStatusPage: the page of a running proxy in a real browser. It draws in light and dark and on a phone, its script
// runs under its content policy, and nothing that came in a record is on it. REDACTOR_SCREENSHOTS names a directory
// where the pictures stay, for whoever wants to look.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "chromium", "Debian: chromium")
	}
	address := demoProxy(t)
	eventually(t, patience, "records in the charts", func(ctx context.Context) bool {
		_, page := fetch(ctx, "http://"+address+"/")
		return strings.Count(string(page), "<path class") > 40
	})
	dir := cmp.Or(os.Getenv("REDACTOR_SCREENSHOTS"), t.TempDir())
	chromium := func(args ...string) string {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
			"--user-data-dir=" + t.TempDir()}, append(args, "http://"+address+"/")...)...)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("chromium: %v\n%s", err, said.String())
		}
		for line := range strings.Lines(said.String()) {
			if strings.Contains(line, "CONSOLE") {
				t.Errorf("the browser says: %s", line)
			}
		}
		return string(out)
	}
	for _, shot := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"wide", 1280, 2000, false}, {"wide-dark", 1280, 2000, true}} {
		file := filepath.Join(dir, shot.name+".png")
		args := []string{fmt.Sprintf("--window-size=%d,%d", shot.width, shot.height), "--screenshot=" + file}
		if shot.dark {
			args = append(args, "--blink-settings=preferredColorScheme=0")
		}
		chromium(args...)
		if light := brightness(t, file, shot.width); (light < .5) != shot.dark {
			t.Errorf("%s has a brightness of %.2f", shot.name, light)
		}
	}
	for _, dark := range []bool{false, true} {
		b := startBrowser(t, program, 360, dark)
		b.open("http://" + address + "/")
		b.fits(filepath.Join(dir, "phone"))
	}
	// The script fetches the page again every five seconds, and says so on the root of the document.
	if dom := chromium("--virtual-time-budget=12000", "--dump-dom"); !strings.Contains(dom, "data-refreshed=") || !strings.Contains(dom, "Recipients") {
		t.Error("the page was not refreshed")
	}
	_, page := fetch(t.Context(), "http://"+address+"/")
	if raw := regexp.MustCompile(`\b\d{15}\b|[\w.]+@[\w.]+\.\w+|\b\d{1,3}(\.\d{1,3}){3}\b`).FindString(string(page)); raw != "" {
		t.Errorf("the page holds %q", raw)
	}
}

// TestStatusPageOrders: what an operator has in hand on a phone, with a recipient that is paused and a partition that does not
// go on: buttons that a thumb finds, and reasons that can be read.
func TestStatusPageOrders(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "chromium", "Debian: chromium")
	}
	l := newFireLab(t)
	l.file("token", "correct-horse-battery")
	l.config("redactor.yaml", "orders", "")
	config, err := os.ReadFile(filepath.Join(l.dir, "redactor.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	l.file("redactor.yaml", strings.Replace(string(config), `"127.0.0.1:0"`, `"127.0.0.1:0", token_file: token`, 1))
	p := startIn(t, l.dir, "redactor.yaml")
	l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "output", Err: kerr.TopicAuthorizationFailed, Count: -1})
	l.send(5, `{"battery":1}`)
	eventually(t, patience, "a partition that is stalled", func(ctx context.Context) bool {
		return strings.Contains(string(p.log.Bytes()), "the partition is stalled")
	})
	p.order(t, "/pause", "outside")
	dir := cmp.Or(os.Getenv("REDACTOR_SCREENSHOTS"), t.TempDir())
	for _, dark := range []bool{false, true} {
		b := startBrowser(t, program, 360, dark)
		b.call(nil, "Network.enable", nil)
		b.call(nil, "Network.setExtraHTTPHeaders", map[string]any{"headers": map[string]string{"Authorization": "Bearer correct-horse-battery"}})
		b.open("http://" + p.admin + "/")
		b.fits(filepath.Join(dir, "phone-orders"))
		var buttons []struct {
			Text   string
			Height float64
		}
		b.evaluate(&buttons, `Array.from(document.querySelectorAll("button")).map(e => ({Text: e.textContent, Height: e.getBoundingClientRect().height}))`)
		if len(buttons) != 1 || buttons[0].Text != "Resume" || buttons[0].Height < 44 {
			t.Errorf("the buttons are %v, want one to resume, 44 pixels high", buttons)
		}
		var text string
		b.evaluate(&text, `document.querySelector("main").innerText`)
		for _, want := range []string{"paused", "source/0", "stalled", "produce to output"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	}
}

// fits fails the test where anything of the page is wider than its place, and keeps a picture.
func (b *browser) fits(name string) {
	b.t.Helper()
	// The matrix has as many columns as there are recipients: it alone may be wider than a phone.
	var wide []string
	b.evaluate(&wide, `Array.from(document.querySelectorAll("html, body, main *:not(details *, .stack thead, .stack thead *)"))
		.filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != "inline" && !(e instanceof SVGElement))
		.map(e => e.tagName + "." + e.className + " " + e.scrollWidth + ">" + e.clientWidth)`)
	if len(wide) > 0 {
		b.t.Errorf("on a phone these scroll sideways, or are cut off: %q", wide)
	}
	var nameless []string
	b.evaluate(&nameless, `Array.from(document.querySelectorAll("table.stack td[data-name]")).filter(e => getComputedStyle(e, "::before").content == "none").map(e => e.dataset.name)`)
	if len(nameless) > 0 {
		b.t.Errorf("on a phone these values have no name: %q", nameless)
	}
	if len(b.console) > 0 {
		b.t.Errorf("the browser says: %q", b.console)
	}
	if b.dark {
		name += "-dark"
	}
	b.screenshot(name + ".png")
	if light := brightness(b.t, name+".png", 720); (light < .5) != b.dark {
		b.t.Errorf("%s has a brightness of %.2f", filepath.Base(name), light)
	}
}

// brightness is the mean of all pixels, 0 for black, and checks the width.
func brightness(t *testing.T, file string, width int) float64 {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := picture.Bounds()
	if b.Dx() != width {
		t.Errorf("%s is %d wide, want %d", filepath.Base(file), b.Dx(), width)
	}
	sum, n := 0.0, 0
	for y := b.Min.Y; y < b.Max.Y; y += 7 {
		for x := b.Min.X; x < b.Max.X; x += 7 {
			r, g, bl, _ := picture.At(x, y).RGBA()
			sum += float64(r+g+bl) / 3 / 0xffff
			n++
		}
	}
	return sum / float64(n)
}
