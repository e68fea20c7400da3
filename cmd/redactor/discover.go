package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"redactor/redact"
	"redactor/rules"
)

const discoverHelp = `Look at real records and say what is in them: every place where values stand, which
entry of the catalog knows it, and what its values look like. Shapes and counts are
shown, never a value. Member names are shown, but for those that look like data and
for objects with ever new ones: read it before you hand it on.

The records come from FILE, or from stdin for -, one a line: JSON, or as --format says. With -p it
marks what that policy does not know; else it goes by the whole built-in catalog. What
nobody knows gets a proposal: a name, a class by its name and by what its values look
like, at L4 until somebody decides. With -o policy it writes a policy that validates.

It does not read topics itself: kcat does, as in the examples.`

type discoverOptions struct {
	policy, output, topic, format string
	records                       int
}

func newDiscover() *cobra.Command {
	var o discoverOptions
	cmd := &cobra.Command{
		Use:   "discover FILE | -",
		Short: "What is in real records, and the policy that would name it",
		Long:  discoverHelp,
		Example: "  redactor discover records.ndjson\n  kcat -C -t device.logs -c 10000 -e -q | redactor discover -p policy.yaml -\n" +
			"  redactor discover -o policy --topic device.logs records.ndjson > policy.yaml",
		GroupID: groupPolicy,
		Args:    exactly(1, "a file of records, or - for stdin"),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.policy, "policy", "p", "", "mark what this policy does not know")
	f.StringVarP(&o.output, "output", "o", "text", "text, json or policy")
	f.StringVar(&o.format, "format", "json", strings.Join(formatWords, ", "))
	f.StringVar(&o.topic, "topic", "device.logs", "source topic of the policy that -o policy writes")
	f.IntVar(&o.records, "records", 100_000, "how many records to look at")
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
	defer in.Close()
	d := rules.NewDiscovery(known)
	d.Format = format
	if err := o.read(in, d); err != nil {
		return err
	}
	if d.Records == d.Malformed {
		return &failure{code: exitFindings, err: fmt.Errorf("%s has no record that is %s: one on each line is wanted", file, formatWord(format))}
	}
	return o.write(cmd, d)
}

func recordsFrom(cmd *cobra.Command, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usagef("there is no file %s; if it is a topic: kcat -C -b BROKER -t %s -c 10000 -e -q | redactor discover -", file, file)
	}
	if err != nil {
		return nil, usagef("%w", err)
	}
	return f, nil
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
