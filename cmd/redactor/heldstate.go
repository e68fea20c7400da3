package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"redactor/stream"
)

// heldFile, in the state directory, names the recipients that are held back. A
// restart must not do what only a person may: a breaker that a crash resets is
// none, and whoever paused a recipient had a reason that a rollout does not know.
const heldFile = "held.json"

// heldState is what heldFile holds.
type heldState struct {
	Version int      `json:"version"`
	Paused  []string `json:"paused,omitempty"`
	Tripped []string `json:"tripped,omitempty"`
}

// keepHolds takes up what was held back when the process ended, and writes down
// what changes from now on. Without a directory it does neither.
func keepHolds(dir string, h *stream.Holds, log *slog.Logger) error {
	if dir == "" {
		return nil
	}
	file := filepath.Join(dir, heldFile)
	text, err := os.ReadFile(file)
	var was heldState
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return configf("state.dir: %w", err)
	case json.Unmarshal(text, &was) != nil || was.Version != 1:
		return configf("%s is damaged: who is to be held back is not known any more; restore it, or remove it when nobody is", file)
	}
	for _, profile := range was.Paused {
		h.Set(profile, stream.HoldPaused)
		log.Warn("a recipient is still paused", "profile", profile)
	}
	for _, profile := range was.Tripped {
		h.Set(profile, stream.HoldBreaker)
		log.Warn("a breaker is still open", "profile", profile)
	}
	h.OnChange(func(all map[string]stream.Hold) {
		if err := saveHolds(file, all); err != nil {
			log.Error("who is held back was not written down; a restart would forget it", "error", err)
		}
	})
	return nil
}

func saveHolds(file string, all map[string]stream.Hold) error {
	now := heldState{Version: 1}
	for profile, why := range all {
		if why&stream.HoldPaused != 0 {
			now.Paused = append(now.Paused, profile)
		}
		if why&stream.HoldBreaker != 0 {
			now.Tripped = append(now.Tripped, profile)
		}
	}
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return replaceFile(file, text)
}
