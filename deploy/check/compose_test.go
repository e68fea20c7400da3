package check

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
)

// TestComposeLoads reads the compose file as `docker compose config` does. No
// Docker runs here: nothing of it has been started.
func TestComposeLoads(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"}, cli.WithProfiles([]string{"*"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range project.Services {
		for _, v := range s.Volumes {
			if v.Type != "bind" {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				t.Errorf("%s mounts %s, which is not there", s.Name, filepath.Base(v.Source))
			}
		}
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				t.Errorf("%s listens on %q: others on the network could reach it", s.Name, p.HostIP)
			}
		}
		if s.Build == nil && !strings.Contains(s.Image, ":") {
			t.Errorf("%s has no version", s.Image)
		}
	}
	r := project.Services["redactor"]
	if !r.ReadOnly || len(r.CapDrop) != 1 || r.User != "" {
		t.Errorf("redactor runs with more than it needs: read_only %v, cap_drop %v, user %q", r.ReadOnly, r.CapDrop, r.User)
	}
}
