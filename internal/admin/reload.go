package admin

import (
	"encoding/json"
	"net/http"
)

// Reloaded is what came of a request to take the policy anew.
type Reloaded struct {
	OK     bool   `json:"reloaded"`
	Policy string `json:"policy,omitempty"`
	Digest string `json:"digest"`        // of the policy that is in force now
	Why    string `json:"why,omitempty"` // it was not taken
}

// reload answers 200 when the policy was taken, 409 when the one before stays
// in force. The policy comes from its file: nothing of the request goes into it.
func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	// A page in somebody's browser can post here without asking; it always
	// says where it is from.
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		http.Error(w, "not from a browser", http.StatusForbidden)
		return
	}
	done := s.cfg.Reload(r.Context())
	w.Header().Set("Content-Type", "application/json")
	if !done.OK {
		w.WriteHeader(http.StatusConflict)
	}
	if err := json.NewEncoder(w).Encode(done); err != nil {
		s.cfg.Log.Debug("answer not sent", "error", err)
	}
}
