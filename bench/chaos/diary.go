package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// diary is what happened when. It is printed when something came of it.
type diary struct {
	mu      sync.Mutex // guards entries
	entries []entry
}

type entry struct {
	at   time.Time
	text string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, entry{time.Now(), fmt.Sprintf(format, args...)})
}

// mostLines bounds what is printed of the logs for one partition.
const mostLines = 400

// tell prints the diary, and between its entries what instances have logged of
// some partitions of the source.
func (d *diary) tell(w io.Writer, logs string, partitions []int) {
	d.mu.Lock()
	all := slices.Clone(d.entries)
	d.mu.Unlock()
	for _, p := range partitions {
		all = append(all, logged(logs, p)...)
	}
	slices.SortStableFunc(all, func(a, b entry) int { return a.at.Compare(b.at) })
	for _, e := range all {
		fmt.Fprintf(w, "   %s %s\n", e.at.UTC().Format("15:04:05.000"), e.text)
	}
}

// logged returns the last lines that all instances have logged of a partition.
func logged(logs string, partition int) (all []entry) {
	files, err := filepath.Glob(filepath.Join(logs, "*.log"))
	if err != nil {
		return nil
	}
	for _, path := range files {
		slot := strings.TrimSuffix(filepath.Base(path), ".log")
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		for in := bufio.NewScanner(f); in.Scan(); {
			var line struct {
				Time      time.Time
				Msg       string
				Stage     string
				Error     string
				Partition *int
			}
			if json.Unmarshal(in.Bytes(), &line) != nil || line.Partition == nil || *line.Partition != partition {
				continue
			}
			text := fmt.Sprintf("slot %s, partition %d: %s %s %.100s", slot, partition, line.Msg, line.Stage, line.Error)
			all = append(all, entry{line.Time, strings.TrimSpace(text)})
		}
		f.Close()
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	return all[max(0, len(all)-mostLines):]
}
