package check

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

const chartDir = "../helm/redactor"

// values are what somebody who turns everything on would write.
func values(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("../compose/redactor/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"policy":         string(text),
		"tls":            map[string]any{"secret": "redactor-tls"},
		"sasl":           map[string]any{"secret": "redactor-sasl"},
		"serviceMonitor": map[string]any{"enabled": true, "labels": map[string]any{"release": "prometheus"}},
		"prometheusRule": map[string]any{"enabled": true},
		"keda":           map[string]any{"enabled": true, "topics": []any{"device.logs.android", "usage.events"}},
		"config": map[string]any{
			"admin": map[string]any{"tls": map[string]any{"cert": "/extra/tls.crt", "key": "/extra/tls.key"}},
			"keys":  map[string]any{"join-academic": map[string]any{"dir": "/extra/join-academic", "rotate": "30d"}},
			"guard": map[string]any{"canaries": "/extra/canaries"},
		},
		"extraVolumes":      []any{map[string]any{"name": "extra", "secret": map[string]any{"secretName": "redactor-extra", "defaultMode": 0o440}}},
		"extraVolumeMounts": []any{map[string]any{"name": "extra", "mountPath": "/extra", "readOnly": true}},
		"image":             map[string]any{"digest": "sha256:" + strings.Repeat("0", 64)},
	}
}

// render returns the documents of the chart by kind.
func render(t *testing.T, values map[string]any) map[string][]byte {
	t.Helper()
	chart, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	full, err := chartutil.ToRenderValues(chart, values, chartutil.ReleaseOptions{Name: "logs", Namespace: "privacy"}, chartutil.DefaultCapabilities)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Render(chart, full)
	if err != nil {
		t.Fatal(err)
	}
	kinds := make(map[string][]byte)
	for name, text := range files {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		for doc := range strings.SplitSeq(text, "\n---\n") {
			var head struct {
				Kind     string
				Metadata struct{ Name string }
			}
			if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, doc)
			}
			if head.Kind == "ConfigMap" {
				head.Kind += " " + head.Metadata.Name
			}
			if head.Kind != "" {
				kinds[head.Kind] = []byte(doc)
			}
		}
	}
	return kinds
}

// strict decodes a document and refuses any member that the type does not have.
func strict[T any](t *testing.T, kinds map[string][]byte, kind string) *T {
	t.Helper()
	out := new(T)
	doc, ok := kinds[kind]
	if !ok {
		t.Fatalf("the chart makes no %s", kind)
	}
	if err := yaml.UnmarshalStrict(doc, out); err != nil {
		t.Fatalf("%s: %v\n%s", kind, err, doc)
	}
	return out
}

func TestChartLints(t *testing.T) {
	for _, m := range lint.AllWithKubeVersion(chartDir, values(t), "privacy", nil).Messages {
		if m.Severity >= support.WarningSev {
			t.Error(m)
		}
	}
}

func TestChartIsWhatKubernetesReads(t *testing.T) {
	kinds := render(t, values(t))
	set := strict[apps.StatefulSet](t, kinds, "StatefulSet")
	strict[core.Service](t, kinds, "Service")
	strict[policy.PodDisruptionBudget](t, kinds, "PodDisruptionBudget")
	strict[networking.NetworkPolicy](t, kinds, "NetworkPolicy")
	strict[monitoring.ServiceMonitor](t, kinds, "ServiceMonitor")
	rules := strict[monitoring.PrometheusRule](t, kinds, "PrometheusRule")
	strict[core.ConfigMap](t, kinds, "ConfigMap logs-config")
	strict[core.ConfigMap](t, kinds, "ConfigMap logs-policy")
	strict[scaledObject](t, kinds, "ScaledObject")

	if len(rules.Spec.Groups) == 0 || !bytes.Contains(kinds["PrometheusRule"], []byte("{{ $labels")) {
		t.Error("the rules are not those of deploy/prometheus, templates of their annotations and all")
	}
	pod := set.Spec.Template.Spec
	c := pod.Containers[0].SecurityContext
	switch {
	case !*pod.SecurityContext.RunAsNonRoot, *pod.AutomountServiceAccountToken, !*c.ReadOnlyRootFilesystem,
		*c.AllowPrivilegeEscalation, !slices.Equal(c.Capabilities.Drop, []core.Capability{"ALL"}), len(c.Capabilities.Add) > 0,
		pod.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault:
		t.Error("the pod does not meet the restricted Pod Security Standard")
	}
	mounted := make(map[string]bool)
	for _, m := range pod.Containers[0].VolumeMounts {
		mounted[m.Name] = true
	}
	for _, v := range pod.Volumes {
		if !mounted[v.Name] {
			t.Errorf("volume %s is mounted nowhere", v.Name)
		}
		if v.Secret != nil && *v.Secret.DefaultMode != 0o440 {
			t.Errorf("secret %s has mode %#o; redactor refuses a key that others can read", v.Name, *v.Secret.DefaultMode)
		}
	}
	if set.Spec.Replicas != nil {
		t.Error("replicas are set although KEDA decides them")
	}
}

// scaledObject is what the chart may use of KEDA's keda.sh/v1alpha1, whose Go types drag in all of Kubernetes.
// The names were taken from its documentation; nothing else is decoded.
type scaledObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		ScaleTargetRef struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount int `json:"minReplicaCount"`
		MaxReplicaCount int `json:"maxReplicaCount"`
		CooldownPeriod  int `json:"cooldownPeriod"`
		Advanced        struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior map[string]any `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type              string            `json:"type"`
			Metadata          map[string]string `json:"metadata"`
			AuthenticationRef *struct {
				Name string `json:"name"`
			} `json:"authenticationRef"`
		} `json:"triggers"`
	} `json:"spec"`
}

func TestChartRefusesWhatCannotRun(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"no policy":      func(v map[string]any) { delete(v, "policy") },
		"no keda topics": func(v map[string]any) { v["keda"] = map[string]any{"enabled": true} },
	} {
		v := values(t)
		change(v)
		chart, err := loader.Load(chartDir)
		if err != nil {
			t.Fatal(err)
		}
		full, err := chartutil.ToRenderValues(chart, v, chartutil.ReleaseOptions{Name: "logs"}, chartutil.DefaultCapabilities)
		if err == nil {
			_, err = engine.Render(chart, full)
		}
		if err == nil {
			t.Errorf("%s: rendered all the same", name)
		}
	}
}

// TestChartConfigValidates gives what the chart makes to the product itself.
func TestChartConfigValidates(t *testing.T) {
	dir := t.TempDir()
	redactor := filepath.Join(dir, "redactor")
	run := func(where, program string, args ...string) {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = where
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
		}
	}
	run("../..", "go", "build", "-o", redactor, "./cmd/redactor")
	kinds := render(t, values(t))
	for _, kept := range []string{"dir: /extra/join-academic", "cert: /extra/tls.crt", "listen: 0.0.0.0:9478", "canaries: /extra/canaries"} {
		if !strings.Contains(string(kinds["ConfigMap logs-config"]), kept) {
			t.Errorf("the configuration lost %q", kept)
		}
	}
	config := strict[core.ConfigMap](t, kinds, "ConfigMap logs-config").Data["redactor.yaml"]
	policy := strict[core.ConfigMap](t, kinds, "ConfigMap logs-policy").Data["policy.yaml"]

	// The paths are those inside the pod: here they lie below dir.
	for _, p := range []string{"run/redactor/keys", "run/redactor/admin", "run/redactor/tls", "run/redactor/sasl", "etc/redactor-policy", "var/lib/redactor"} {
		if err := os.MkdirAll(filepath.Join(dir, p), 0o700); err != nil {
			t.Fatal(err)
		}
		config = strings.ReplaceAll(config, " /"+p, " "+filepath.Join(dir, p))
	}
	for name, text := range map[string]string{"etc/redactor-policy/policy.yaml": policy, "redactor.yaml": config,
		"run/redactor/admin/token": strings.Repeat("t", 40), "run/redactor/sasl/password": "p"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys := filepath.Join(dir, "run/redactor/keys")
	run(dir, redactor, "keygen", filepath.Join(keys, "join-analytics"), filepath.Join(keys, "join-academic"), filepath.Join(keys, "join-crash"))
	run(dir, redactor, "validate", "redactor.yaml", "etc/redactor-policy/policy.yaml")
}
