package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"redactor/internal/seal"
	"redactor/stream"
)

const quarantineShowHelp = `Open sealed records: show key, headers and value as the source had them.

This is raw personal data. The command says first what it is about to reveal and to
whom, asks, and writes to the audit log who opened what before anything is shown.
Without a terminal to ask on, --yes has to be there.`

func newQuarantineShow(w *ward) *cobra.Command {
	var identity, why, output string
	var yes bool
	cmd := &cobra.Command{
		Use:     "show RECORD… --identity FILE",
		Short:   "Open sealed records; asks first, and is audited",
		Long:    quarantineShowHelp,
		Example: "  redactor quarantine show device.logs/3/1042 --identity quarantine.identity --why PRIV-412",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("output", output, "text", "json"); err != nil {
				return err
			}
			if len(args) == 0 {
				return usagef("which record? TOPIC/PARTITION/OFFSET, as redactor quarantine ls lists them")
			}
			if identity == "" {
				return usagef("a sealed record is opened with --identity FILE")
			}
			if err := w.open(cmd, args); err != nil {
				return err
			}
			defer w.client.Close()
			return w.show(identity, why, output, yes)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&identity, "identity", "i", "", "file with the secret key that the quarantine is sealed for")
	f.StringVar(&why, "why", "", "the reason, for the audit log")
	f.StringVarP(&output, "output", "o", "text", "text, in which nothing unprintable reaches the terminal, or json")
	f.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (w *ward) show(identity, why, output string, yes bool) error {
	if err := w.mustAudit("opening a sealed record"); err != nil {
		return err
	}
	ids, err := seal.LoadIdentities(identity)
	if err != nil {
		return configf("%w", err)
	}
	ctx := w.cmd.Context()
	chosen, err := w.chosen(ctx)
	if err != nil {
		return err
	}
	sealed := slices.DeleteFunc(slices.Clone(chosen), func(h *held) bool { return h.Payload != stream.PayloadSealed })
	if len(sealed) == 0 {
		return &failure{code: exitFindings, err: fmt.Errorf("%w; who may read %s finds the record there", errNotSealed, chosen[0].Topic)}
	}
	e := touch(sealed, why)
	e.To = sink(w.cmd.OutOrStdout())
	question := fmt.Sprintf("This reveals %s as the source had it, raw personal data and all: %s.\nIt goes to %s, on %s, and is written to %s.",
		plural(len(sealed), "record"), strings.Join(e.Places[:min(len(e.Places), 10)], ", "), e.Who, e.To, w.cfg.Audit.File)
	if err := w.confirm(yes, question); err != nil {
		return err
	}
	if err := writeAudit(w.cfg, "quarantine-shown", e); err != nil {
		return err
	}
	closed := 0
	err = w.payloads(ctx, sealed, sealedBy(ids), func(h *held, o *stream.Original) error {
		if output == "json" {
			return showJSON(w.cmd.OutOrStdout(), h, o)
		}
		return showText(w.cmd.OutOrStdout(), h, o)
	}, func(h *held, err error) error {
		closed++
		fmt.Fprintf(w.cmd.ErrOrStderr(), "%s: %v\n", placeOf(&h.Quarantined), err)
		return nil
	})
	if err == nil && closed > 0 {
		return findings()
	}
	return err
}

// sink says where what is written goes.
func sink(out io.Writer) string {
	if isTerminal(out) {
		return "this terminal"
	}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return "a file"
		}
	}
	return "a pipe"
}

// harmless is raw text that cannot steer a terminal: what is not a letter, a
// mark or a blank is shown escaped.
func harmless(v []byte) string {
	if v == nil {
		return "null"
	}
	var b strings.Builder
	for s := string(v); s != ""; {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[n:]
	}
	return b.String()
}

func showText(out io.Writer, h *held, o *stream.Original) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s\nkey: %s\n", placeOf(&h.Quarantined), stamp(msTime(o.Timestamp)), h.Reason, harmless(o.Key))
	for _, x := range o.Headers {
		fmt.Fprintf(&b, "header %s: %s\n", harmless(x.Name), harmless(x.Value))
	}
	fmt.Fprintf(&b, "value:\n%s\n\n", harmless(o.Value))
	_, err := io.WriteString(out, b.String())
	return err
}

// showJSON writes bytes as text where they are, else as base64 under another
// name.
func showJSON(out io.Writer, h *held, o *stream.Original) error {
	doc := map[string]any{"record": placeOf(&h.Quarantined), "reason": h.Reason, "timestamp": msTime(o.Timestamp).UTC()}
	put := func(m map[string]any, name string, v []byte) {
		switch {
		case v == nil:
			m[name] = nil
		case utf8.Valid(v):
			m[name] = string(v)
		default:
			m[name+"_base64"] = v
		}
	}
	put(doc, "key", o.Key)
	put(doc, "value", o.Value)
	headers := []any{}
	for _, x := range o.Headers {
		m := map[string]any{}
		put(m, "name", x.Name)
		put(m, "value", x.Value)
		headers = append(headers, m)
	}
	doc["headers"] = headers
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}
