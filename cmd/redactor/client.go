package main

import (
	"cmp"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"redactor/stream"
)

// kafkaOf says to stream how the configuration reaches Kafka, for run and for
// the tools.
func kafkaOf(cfg *config) (stream.Config, error) {
	if len(cfg.Kafka.Brokers) == 0 {
		return stream.Config{}, configf("%s names no brokers; set kafka.brokers: [host:port]", cfg.file)
	}
	sc := stream.Config{Brokers: cfg.Kafka.Brokers, ClientID: cfg.Kafka.ClientID}
	if t := cfg.Kafka.TLS; t.Enabled {
		sc.TLS = &stream.TLS{CA: t.CA, Cert: t.Cert, Key: t.Key, ServerName: t.ServerName}
	}
	if s := cfg.Kafka.SASL; s.Mechanism != "" {
		mechanism, ok := stream.ParseMechanism(s.Mechanism)
		if !ok {
			panic("redactor: internal error: mechanism " + s.Mechanism)
		}
		sc.SASL = &stream.SASL{Mechanism: mechanism, Username: s.Username, PasswordFile: s.PasswordFile}
	}
	return sc, nil
}

// newClient makes a client for an operator's tool.
func newClient(cfg *config) (*stream.Client, error) {
	sc, err := kafkaOf(cfg)
	if err != nil {
		return nil, err
	}
	sc.Batch.Bytes = int(cfg.Pipeline.Batch.Bytes)
	sc.Batch.Compression = cfg.Pipeline.Compression
	c, err := stream.NewClient(sc)
	if err != nil {
		return nil, configf("%w", err)
	}
	return c, nil
}

// toolConfig reads the configuration that a tool was given.
func toolConfig(cmd *cobra.Command, path string) (*config, error) {
	cfg, problems := loadConfig((&runOptions{config: path}).configPath(), os.Environ())
	if problems.HasErrors() {
		return nil, &failure{code: exitConfig, problems: problems}
	}
	if len(problems) > 0 {
		problems.Render(cmd.ErrOrStderr(), colored(cmd, cmd.ErrOrStderr()))
	}
	return cfg, nil
}

// operator names who runs the program, for the audit log: the account, and
// the one behind sudo.
func operator() string {
	name := "uid " + cmp.Or(os.Getenv("UID"), "unknown")
	if u, err := user.Current(); err == nil {
		name = u.Username + " (uid " + u.Uid + ")"
	}
	if who := os.Getenv("SUDO_USER"); who != "" {
		name += ", by sudo from " + who
	}
	return name
}
