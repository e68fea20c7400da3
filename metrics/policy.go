package metrics

import "time"

// Reload makes the metrics those of another policy: its name and digest, its
// keys, its profiles and its fields. Handles that were taken before stay valid
// and count for the policy that they were taken under; books go on. It counts
// a reload that succeeded.
//
// Build, Detectors, Reasons and LagByTopic of cfg are ignored, and fields stay
// folded, or not, as they were: a graph must not change its meaning half way.
func (m *Metrics) Reload(cfg Config, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.vec.policyInfo.Reset()
	m.vec.policyExpiry.Reset()
	m.vec.keyCreated.Reset()
	m.vec.keyExpiry.Reset()
	m.policy(cfg)
	for _, p := range cfg.Profiles {
		if known, ok := m.profiles[p.Name]; ok {
			m.replaceFields(known, m.newFields(p, cfg.Fields))
		} else {
			m.profiles[p.Name] = m.newProfile(p, cfg.Fields)
		}
	}
	m.reloaded(at)
	m.reloads[Success].Inc()
}

// ReloadFailed notes that a policy was refused. The one before stays in force.
func (m *Metrics) ReloadFailed() {
	m.vec.reloadOK.WithLabelValues().Set(0)
	m.reloads[Failure].Inc()
}

func (m *Metrics) reloaded(at time.Time) {
	m.vec.reloadOK.WithLabelValues().Set(1)
	m.vec.reloadTime.WithLabelValues().Set(float64(at.UnixMilli()) / 1000)
}

// policy creates the series that name the policy and its keys.
func (m *Metrics) policy(cfg Config) {
	m.vec.policyInfo.WithLabelValues(cfg.Policy.Name, cfg.Policy.Revision, cfg.Policy.Digest).Set(1)
	if !cfg.Policy.Expires.IsZero() {
		m.vec.policyExpiry.WithLabelValues(cfg.Policy.Name).Set(float64(cfg.Policy.Expires.Unix()))
	}
	for _, k := range cfg.Keys {
		m.vec.keyCreated.WithLabelValues(k.Name).Set(float64(k.Begins.Unix()))
		m.vec.keyExpiry.WithLabelValues(k.Name).Set(float64(k.Expires.Unix()))
	}
}
