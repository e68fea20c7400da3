package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"redactor/redact"
	"redactor/rules"
	"redactor/stream"
)

const discoverHelp = `Look at real records and say what is in them: every place where values stand, which
entry of the catalog knows it, and what its values look like. Shapes and counts are
shown, never a value. Member names are shown, but for those that look like data and
for objects with ever new ones: read it before you hand it on.

The records come from FILE, or from stdin for -, one a line: JSON, or as --format says. With -p it
marks what that policy does not know; else it goes by the whole built-in catalog. What
nobody knows gets a proposal: a name, a class by its name and by what its values look
like, at L4 until somebody decides. With -o policy it writes a policy that validates.

Of a topic the newest records are read, with keys and headers, by the brokers of
redactor.yaml (-c) or --brokers; no group is joined and nothing is committed. With
--names FILE holds the member names of an SDK's documentation, and no records.`

type discoverOptions struct {
	policy, output, topic, format string
	records                       int
	names                         bool
	cluster                       cluster
}

func newDiscover() *cobra.Command {
	var o discoverOptions
	cmd := &cobra.Command{
		Use:   "discover TOPIC | FILE | -",
		Short: "What is in real records, and the policy that would name it",
		Long:  discoverHelp,
		Example: "  redactor discover records.ndjson\n  redactor discover -p policy.yaml --records 10000 device.logs\n" +
			"  redactor discover -o policy --topic device.logs records.ndjson > policy.yaml",
		GroupID: groupPolicy,
		Args:    exactly(1, "a topic, a file of records, or - for stdin"),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.policy, "policy", "p", "", "mark what this policy does not know")
	f.StringVarP(&o.output, "output", "o", "text", "text, json or policy")
	f.StringVar(&o.format, "format", "json", strings.Join(formatWords, ", "))
	f.StringVar(&o.topic, "topic", "device.logs", "source topic of the policy that -o policy writes")
	f.BoolVar(&o.names, "names", false, "FILE holds member names, separated by white space, and no records: which are known?")
	o.cluster.flags(cmd)
	f.IntVar(&o.records, "records", 100_000, "how many records to look at; of a topic the newest")
	return cmd
}

func (o *discoverOptions) run(cmd *cobra.Command, file string) error {
	if err := oneOf("output", o.output, "text", "json", "policy"); err != nil {
		return err
	}
	if o.output == "policy" && o.policy != "" {
		return usagef("-o policy writes a new policy; without it, the lines that %s lacks are printed", o.policy)
	}
	format, err := formatOf(o.format, redact.Format{})
	if err != nil {
		return err
	}
	if o.records < 1 {
		return usagef("--records is %d; it may be 1 or more", o.records)
	}
	var known *rules.Policy
	if o.policy != "" {
		if known, err = readPolicy(o.policy); err != nil {
			return err
		}
	}
	in, err := recordsFrom(cmd, file)
	if err != nil {
		return err
	}
	d := rules.NewDiscovery(known)
	d.Format = format
	if in == nil {
		err = o.readTopic(cmd, file, d)
	} else {
		defer in.Close()
		err = o.look(in, d)
	}
	if err != nil {
		return err
	}
	if d.Records == d.Malformed {
		return &failure{code: exitFindings, err: fmt.Errorf("%s has no record that is %s: one on each line is wanted", file, formatWord(format))}
	}
	return o.write(cmd, d)
}

// readTopic looks at the newest records of a topic, as many of each partition.
func (o *discoverOptions) readTopic(cmd *cobra.Command, name string, d *rules.Discovery) error {
	return o.cluster.read(cmd, name, func(ctx context.Context, client *stream.Client) error {
		n, err := client.Partitions(ctx, name)
		if err != nil {
			return err
		}
		share := int64((o.records + n - 1) / n)
		for p := range int32(n) {
			first, end, err := client.Bounds(ctx, name, p)
			if err != nil {
				return err
			}
			err = client.ReadPartition(ctx, name, p, max(first, end-share), end, func(r *stream.Record) error {
				rec := &rules.Record{Key: r.Key, Value: r.Value}
				for _, h := range r.Headers {
					rec.Headers = append(rec.Headers, rules.Header{Name: string(h.Name), Value: h.Value})
				}
				d.AddRecord(rec)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// recordsFrom returns the file, or nil for a topic.
func recordsFrom(cmd *cobra.Command, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	f, err := os.Open(file)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(file, "/\\"):
		return nil, nil
	}
	return nil, usagef("%w", err)
}

func (o *discoverOptions) look(in io.Reader, d *rules.Discovery) error {
	if o.names {
		return readNames(in, d)
	}
	return o.read(in, d)
}

// readNames reads member names, as they are copied out of the documentation of
// an SDK; # begins a comment.
func readNames(in io.Reader, d *rules.Discovery) error {
	lines := newLineReader(in, readBlock, redact.DefaultMaxRecord)
	for {
		line, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading line %d: %w", lines.line+1, err)
		}
		text, _, _ := strings.Cut(string(line), "#")
		for _, name := range strings.Fields(text) {
			d.AddName(name)
		}
	}
}

func (o *discoverOptions) read(in io.Reader, d *rules.Discovery) error {
	records := newRecordReader(in, d.Format)
	for d.Records < o.records {
		record, err := records.next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errLong):
			d.Records++
			d.Malformed++
		case err != nil:
			return fmt.Errorf("reading line %d: %w", records.lines.line+1, err)
		default:
			d.Add(record)
		}
	}
	return nil
}

func formatWord(f redact.Format) string {
	if f.Kind == redact.FormatJSON {
		return "JSON"
	}
	return f.Kind.String()
}

func (o *discoverOptions) write(cmd *cobra.Command, d *rules.Discovery) error {
	w := cmd.OutOrStdout()
	switch o.output {
	case "json":
		return d.WriteJSON(w)
	case "policy":
		return d.WritePolicy(w, o.topic)
	}
	return d.WriteText(w)
}
