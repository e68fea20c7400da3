package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"redactor/stream"
)

// cluster says where the topics are that a command reads.
type cluster struct {
	config  string
	brokers []string
}

func (c *cluster) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&c.config, "config", "c", "", "configuration that names the brokers (default: $REDACTOR_CONFIG, else redactor.yaml)")
	cmd.Flags().StringSliceVar(&c.brokers, "brokers", nil, "host:port of some brokers, instead of a configuration")
}

// client returns a client for the topic of a name that is no file.
func (c *cluster) client(name string) (*stream.Client, error) {
	sc := stream.Config{Brokers: c.brokers}
	if len(c.brokers) == 0 {
		run := runOptions{config: c.config}
		if _, err := os.Stat(run.configPath()); err != nil {
			return nil, usagef("there is no file %s, and no configuration that says where a topic of that name is: give -c redactor.yaml or --brokers", name)
		}
		cfg, problems := loadConfig(run.configPath(), os.Environ())
		if problems.HasErrors() {
			return nil, &failure{code: exitConfig, problems: problems}
		}
		var err error
		if sc, err = kafkaOf(cfg); err != nil {
			return nil, err
		}
	}
	client, err := stream.NewClient(sc)
	if err != nil {
		return nil, configf("%w", err)
	}
	return client, nil
}

// read calls do with the client, until a signal ends it.
func (c *cluster) read(cmd *cobra.Command, name string, do func(context.Context, *stream.Client) error) error {
	client, err := c.client(name)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err = do(ctx, client)
	away, wrong := new(stream.ConnectError), new(stream.TopicError)
	switch {
	case errors.As(err, &away):
		return unavailablef("%w", err)
	case errors.As(err, &wrong):
		return usagef("%w; nor is there a file of that name", err)
	case ctx.Err() != nil:
		return &failure{code: exitFindings, err: errors.New("stopped before the end of the topic")}
	}
	return err
}
