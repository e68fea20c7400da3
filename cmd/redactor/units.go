package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// sizeUnits are binary; a kB of 1000 bytes in a limit that a broker counts in
// 1024 has cost people nights, so that it does not exist here.
var sizeUnits = []struct {
	suffix string
	factor int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}}

// parseSize reads a number of bytes: 900KiB, 512MiB, 1048576.
func parseSize(s string) (int64, error) {
	digits, factor := s, int64(1)
	for _, u := range sizeUnits {
		if d, ok := strings.CutSuffix(s, u.suffix); ok {
			digits, factor = strings.TrimSpace(d), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return 0, fmt.Errorf("a size is a number and B, KiB, MiB or GiB, such as 512MiB")
	}
	return n * factor, nil
}

// formatSize spells a number of bytes for a person.
func formatSize(n float64) string {
	for _, u := range []string{"B", "KiB", "MiB", "GiB"} {
		if n < 1000 || u == "GiB" {
			if u == "B" || n >= 100 {
				return fmt.Sprintf("%.0f %s", n, u)
			}
			return fmt.Sprintf("%.1f %s", n, u)
		}
		n /= 1024
	}
	panic("redactor: internal error: size without a unit")
}

// groupDigits spells a count with spaces between thousands: 1 234 567.
func groupDigits(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

func size(dst func(*config) *int64, least, most int64) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.one()
		if err != nil {
			return err
		}
		n, err := parseSize(s)
		if err != nil {
			return err
		}
		if n < least || n > most {
			return fmt.Errorf("it may be %s to %s", formatSize(float64(least)), formatSize(float64(most)))
		}
		*dst(c) = n
		return nil
	}
}

func number(dst func(*config) *int, least, most int) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.one()
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return fmt.Errorf("it may be a whole number from %d to %d", least, most)
		}
		*dst(c) = n
		return nil
	}
}

func period(dst func(*config) *time.Duration, least, most time.Duration) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.one()
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(s)
		if err != nil {
			return fmt.Errorf("a duration is a number and ms, s, m or h, such as 30s")
		}
		if d < least || d > most {
			return fmt.Errorf("it may be %v to %v", least, most)
		}
		*dst(c) = d
		return nil
	}
}
