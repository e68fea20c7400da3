package main

import "runtime"

// The parts of CycloneDX 1.6 (ECMA-424) that a Go binary can fill in about
// itself: which modules are linked into it, at which version, with which sum.
type (
	bom struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Version    int         `json:"version"`
		Metadata   bomMetadata `json:"metadata"`
		Components []component `json:"components"`
	}
	bomMetadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type       string     `json:"type"`
		Name       string     `json:"name"`
		Version    string     `json:"version,omitempty"`
		PURL       string     `json:"purl,omitempty"` // package URL, ECMA-427
		Properties []property `json:"properties,omitempty"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// billOfMaterials turns what the linker recorded into a CycloneDX document. It
// has no serial number and no time: the same build says the same.
func billOfMaterials(b build) bom {
	out := bom{Format: "CycloneDX", Spec: "1.6", Version: 1}
	out.Metadata.Component = component{Type: "application", Name: "redactor", Version: b.Version}
	if b.Revision != "" {
		out.Metadata.Component.Properties = []property{{"vcs.revision", b.Revision}}
	}
	out.Components = append(out.Components, component{Type: "library", Name: "std", Version: runtime.Version(), PURL: "pkg:golang/std@" + runtime.Version()[2:]})
	for _, m := range b.Modules {
		c := component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version}
		if m.Sum != "" {
			// A hash of the module's tree as go.sum has it, not of one file: no entry of CycloneDX's own hash list.
			c.Properties = []property{{"go:sum", m.Sum}}
		}
		out.Components = append(out.Components, c)
	}
	return out
}
