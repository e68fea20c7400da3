package admin

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// The size of a chart in units of its own; the page scales it.
const (
	chartWidth, chartHeight = 300.0, 90.0
	chartColors             = 8 // classes c0 … c7 of the style sheet
)

// chart draws the lines of a panel. Colors are classes: the content security
// policy allows no style in the page, and dark and light are the sheet's.
func chart(times []time.Time, lines []line, limit float64) template.HTML {
	if len(times) < 2 || len(lines) == 0 {
		return ""
	}
	first, span := times[0], times[len(times)-1].Sub(times[0]).Seconds()
	top := 0.0
	for _, l := range lines {
		for _, v := range l.points {
			if !math.IsNaN(v) {
				top = max(top, v)
			}
		}
	}
	drawLimit := limit > 0 && top > limit/2
	if drawLimit {
		top = max(top, limit*1.05)
	}
	if top == 0 {
		top = 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" preserveAspectRatio="none" aria-hidden="true">`, chartWidth, chartHeight)
	height := func(v float64) float64 { return chartHeight - 2 - (chartHeight-4)*max(v, 0)/top }
	if drawLimit {
		fmt.Fprintf(&b, `<line class="limit" x1="0" x2="%g" y1="%.1f" y2="%.1f"/>`, chartWidth, height(limit), height(limit))
	}
	for i, l := range lines {
		var path strings.Builder
		pen := "M"
		for j, v := range l.points {
			if math.IsNaN(v) {
				pen = "M"
				continue
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", pen, chartWidth*times[j].Sub(first).Seconds()/span, height(v))
			pen = "L"
		}
		fmt.Fprintf(&b, `<path class="c%d" d="%s"/>`, i%chartColors, path.String())
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// few is the count below which a number is not shown: three records of one
// reason in one topic may be three records of one person.
const few = 20

// count writes a number that comes from records.
func count(n float64) string {
	if n > 0 && n < few {
		return "< 20"
	}
	return digits(n)
}

// digits writes a whole number in groups of three.
func digits(n float64) string {
	s := fmt.Sprintf("%.0f", math.Abs(n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	if n <= -1 {
		return "−" + s
	}
	return s
}

// write writes a number of a panel, short.
func (u unit) write(v float64) string {
	switch u {
	case unitSeconds:
		switch {
		case v == 0:
			return "0 s"
		case v < 1:
			return fmt.Sprintf("%.3g ms", 1000*v)
		case v < 600:
			return fmt.Sprintf("%.3g s", v)
		}
		return (time.Duration(v) * time.Second).Round(time.Minute).String()
	case unitBytes:
		return scaled(v, 1024, "B", "KiB", "MiB", "GiB", "TiB")
	case unitByteRate:
		return scaled(v, 1024, "B", "KiB", "MiB", "GiB", "TiB") + "/s"
	case unitShare:
		return scaled(100*v, 1e9, "%")
	case unitRate:
		return scaled(v, 1000, "", "k", "M", "G") + "/s"
	}
	return scaled(v, 1000, "", "k", "M", "G")
}

func scaled(v, step float64, units ...string) string {
	i := 0
	for ; math.Abs(v) >= step && i < len(units)-1; i++ {
		v /= step
	}
	format := "%.3g %s"
	if math.Abs(v) >= 100 {
		format = "%.0f %s" // %g would write 999.6 as 1e+03
	}
	return strings.TrimSpace(fmt.Sprintf(format, v, units[i]))
}
