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
		// The matrix has as many columns as there are recipients: it alone may be wider than a phone.
		var wide []string
		b.evaluate(&wide, `Array.from(document.querySelectorAll("html, body, main *:not(details *, .stack thead, .stack thead *)"))
			.filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != "inline" && !(e instanceof SVGElement))
			.map(e => e.tagName + "." + e.className + " " + e.scrollWidth + ">" + e.clientWidth)`)
		if len(wide) > 0 {
			t.Errorf("on a phone these scroll sideways, or are cut off: %q", wide)
		}
		var small []string
		b.evaluate(&small, `Array.from(document.querySelectorAll("table.stack td[data-name]")).filter(e => getComputedStyle(e, "::before").content == "none").map(e => e.dataset.name)`)
		if len(small) > 0 {
			t.Errorf("on a phone these numbers have no name: %q", small)
		}
		if len(b.console) > 0 {
			t.Errorf("the browser says: %q", b.console)
		}
		file := filepath.Join(dir, "phone.png")
		if dark {
			file = filepath.Join(dir, "phone-dark.png")
		}
		b.screenshot(file)
		if light := brightness(t, file, 720); (light < .5) != dark {
			t.Errorf("%s has a brightness of %.2f", filepath.Base(file), light)
		}
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
