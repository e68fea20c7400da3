package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"redactor/pseudonym"
	"redactor/redact"
	"redactor/rules"
)

// The topics and the group of a run.
const (
	topicSource     = "source"
	topicQuarantine = "quarantine"
	groupName       = "chaos"
)

// recipients of the policy, in its order, and their topics.
var (
	recipients = []string{"analytics", "partner"}
	outputs    = []string{"out.analytics", "out.partner"}
)

// policyText gives one recipient nearly everything in some form, and the other
// nearly nothing: their batches fill at different speeds.
const policyText = `apiVersion: redactor/v1
name: chaos
namespace: chaos
containers: [device, net, user, loc]
fields:
  - {name: seq, level: L1, keys: [seq]}
  - {name: event, level: L1, keys: [event, battery, ver]}
  - {name: model, level: L2, keys: [model, os_version]}
  - {name: imei, level: L4, is: imei, keys: [imei]}
  - {name: android, level: L4, is: device, keys: [android_id]}
  - {name: mac, level: L4, is: mac, keys: [mac]}
  - {name: user, level: L4, is: account, keys: [user_id], record_key: true}
  - {name: client-ip, level: L3, is: ip, keys: [ip]}
  - {name: place, level: L4, is: location, crs: wgs84, keys: [lat, lon]}
profiles:
  analytics:
    internal: true
    key: join-analytics
    levels: {L1: keep, L2: keep, L4: pseudonym}
    fields: {client-ip: {ip: {v4: 24, v6: 48}}, place: {round: 1}}
  partner:
    purpose: crash reports
    key: {name: join-partner, why: a run lasts minutes}
    levels: {L1: keep}
    fields: {imei: {pseudonym: {as: hex}}}
streams:
  - {from: source, format: json, to: {analytics: out.analytics, partner: out.partner}}
on_error: quarantine
`

// deployment is the folder from which instances run.
type deployment struct {
	dir     string
	binary  string
	program *redact.Program
}

// deploy writes policy, keys and configuration, and builds the real binary with
// the points at which it can be made to die.
func deploy(o *options, brokers []string) (*deployment, error) {
	d := &deployment{dir: o.dir, binary: o.binary}
	if err := d.configure(o, brokers); err != nil || d.binary != "" {
		return d, err
	}
	d.binary = filepath.Join(d.dir, "redactor")
	build := exec.Command("go", "build", "-tags", "chaos", "-o", d.binary, "redactor/cmd/redactor")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return d, nil
}

// configure writes the files and compiles the policy.
func (d *deployment) configure(o *options, brokers []string) error {
	var keys []string
	for _, r := range recipients {
		name := "join-" + r
		secret := sha256.Sum256(fmt.Appendf(nil, "chaos key %s %d", r, o.seed))
		id := sha256.Sum256(secret[:])
		line := fmt.Sprintf("redactor-key-1:%s:%x\n", base64.StdEncoding.EncodeToString(secret[:]), id[:4])
		if err := d.write(name+".key", line); err != nil {
			return err
		}
		keys = append(keys, fmt.Sprintf("%s: {file: %s.key}", name, name))
	}
	config := fmt.Sprintf(`policy: policy.yaml
kafka:
  brokers: [%s]
  group: %s
  start: earliest
  delivery: %s
  session: %s
keys: {%s}
quarantine: {topic: %s}
admin: {listen: "127.0.0.1:0"}
log: {level: debug, format: json}
shutdown: {drain: 10s, connect: 60s}
`, strings.Join(brokers, ", "), groupName, o.delivery, o.session, strings.Join(keys, ", "), topicQuarantine)
	if err := d.write("redactor.yaml", config); err != nil {
		return err
	}
	if err := d.write("policy.yaml", policyText); err != nil {
		return err
	}
	return d.compile()
}

func (d *deployment) write(name, content string) error {
	return os.WriteFile(filepath.Join(d.dir, name), []byte(content), 0o600)
}

// compile makes the program by which the oracle knows what recipients must get.
func (d *deployment) compile() error {
	policy, problems := rules.Load(filepath.Join(d.dir, "policy.yaml"))
	if !problems.HasErrors() {
		var streams []rules.Stream
		streams, problems = policy.Compile(func(name string) (*pseudonym.Secret, error) {
			return pseudonym.LoadKeyFile(filepath.Join(d.dir, name+".key"))
		})
		if !problems.HasErrors() {
			d.program = streams[0].Program
			return nil
		}
	}
	problems.Render(os.Stderr, false)
	return fmt.Errorf("the policy of the harness is not well")
}
