package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkFormats compares the formats with JSON: fifty records of ten members
// each, of which three are changed, for one recipient; syslog and access logs have
// their own members, of which the address is changed. It counts processor time: the
// machine is shared.
func BenchmarkFormats(b *testing.B) {
	r := rand.New(rand.NewPCG(15, 16))
	names := []string{"ts", "level", "imei", "ip", "battery", "model", "event", "duration", "token", "count"}
	var rows [][]string
	for range 50 {
		rows = append(rows, []string{
			"2026-11-21T21:05:33.123Z", "info", fmt.Sprintf("8667%011d", r.IntN(1e11)), fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256)),
			fmt.Sprint(r.IntN(100)), "Phone 12 Pro", "page_view", fmt.Sprint(r.IntN(1e6)), fmt.Sprintf("%016x", r.Uint64()), fmt.Sprint(r.IntN(1e4)),
		})
	}
	written := map[FormatKind]*bytes.Buffer{FormatNDJSON: {}, FormatArray: {}, FormatLogfmt: {}, FormatCSV: {}, FormatText: {}, FormatJSON: {}, FormatSyslog: {}, FormatAccess: {}}
	written[FormatCSV].WriteString(strings.Join(names, ",") + "\n")
	written[FormatArray].WriteByte('[')
	for i, row := range rows {
		object := map[string]string{}
		for k, v := range row {
			object[names[k]] = v
			fmt.Fprintf(written[FormatLogfmt], "%s=%s ", names[k], appendLogfmt(nil, []byte(v)))
		}
		written[FormatLogfmt].WriteByte('\n')
		text, _ := json.Marshal(object)
		written[FormatNDJSON].Write(append(text, '\n'))
		if i > 0 {
			written[FormatArray].WriteByte(',')
		}
		written[FormatArray].Write(text)
		if i == 0 {
			written[FormatJSON].Write(text)
			fmt.Fprintf(written[FormatSyslog], `<34>1 %s phone-12 app 230 page_view [origin ip="%s"] imei=%s duration=%s`, row[0], row[3], row[2], row[7])
		}
		fmt.Fprintf(written[FormatAccess], "%s - - [21/Nov/2026:21:05:33 +0800] \"GET /a?token=%s HTTP/1.1\" 200 %s \"-\" \"app/1\"\n", row[3], row[8], row[9])
		written[FormatCSV].WriteString(strings.Join(row, ",") + "\n")
		written[FormatText].WriteString(strings.Join(row, " ") + "\n")
	}
	written[FormatArray].WriteByte(']')
	for _, kind := range []FormatKind{FormatJSON, FormatNDJSON, FormatArray, FormatLogfmt, FormatCSV, FormatText, FormatSyslog, FormatAccess} {
		b.Run(kind.String(), func(b *testing.B) {
			spec := keySpec(stars(), "imei", "ip", "token", "remote_addr", "msg")
			spec.Format = Format{Kind: kind}
			m := compile(b, spec).NewMachine()
			rec := written[kind].Bytes()
			var dst []byte
			b.ReportAllocs()
			began := cpuTime(b)
			for b.Loop() {
				if m.Scan(rec).Outcome != Passed {
					b.Fatal("refused")
				}
				dst, _ = m.Render(dst[:0], 0)
			}
			spent := (cpuTime(b) - began).Seconds()
			b.ReportMetric(float64(b.N)*float64(len(rec))/spent/1e6, "MB/cpu-s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
