package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// kcat (librdkafka) is the reader that redactor's users may run, and shares nothing with us or with kafka-go.

// seen is one record as kcat read it. Key and value are nil where they are null, and live until the next one.
type seen struct {
	partition  int
	offset     int64
	timestamp  int64 // milliseconds
	key, value []byte
	headers    string // name=value,name=value
}

// readWithKcat gives every record of a topic to check, in the order of each partition. kcat verifies the
// CRC of every batch and shows only what is committed.
func readWithKcat(t *testing.T, b *broker, topic string, check func(seen)) {
	t.Helper()
	if _, err := exec.LookPath("kcat"); err != nil {
		missing(t, "kcat", "Debian's package kcat has it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "kcat", "-C", "-b", strings.Join(b.addrs, ","), "-t", topic, "-o", "beginning", "-e", "-q",
		"-X", "check.crcs=true", "-X", "isolation.level=read_committed", "-X", "auto.offset.reset=error",
		"-f", `%p %o %T %K %S %h\n%k%s\n`)
	var talk strings.Builder
	cmd.Stderr = &talk
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	readErr := parseKcat(bufio.NewReaderSize(out, 1<<20), check)
	if readErr != nil {
		cancel() // else kcat waits for ever to write what nobody reads
	}
	if err := cmd.Wait(); err != nil || readErr != nil || talk.Len() > 0 {
		t.Fatalf("kcat on %s: %v, %v: %s", topic, readErr, err, talk.String())
	}
}

// parseKcat reads what the format above prints: lengths first, so that no value can be taken for a line.
func parseKcat(r *bufio.Reader, check func(seen)) error {
	var body []byte
	for {
		line, err := r.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var n [5]int64
		for i := range n {
			word, rest, _ := bytes.Cut(line, []byte(" "))
			if n[i], err = strconv.ParseInt(string(word), 10, 64); err != nil {
				return errors.New("a line of kcat's does not parse")
			}
			line = rest
		}
		s := seen{partition: int(n[0]), offset: n[1], timestamp: n[2], headers: string(bytes.TrimSuffix(line, []byte("\n")))}
		keyEnd := max(n[3], 0)
		end := keyEnd + max(n[4], 0)
		body = slices.Grow(body[:0], int(end)+1)[:end+1] // the line's end too
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		if n[3] >= 0 {
			s.key = body[:keyEnd:keyEnd]
		}
		if n[4] >= 0 {
			s.value = body[keyEnd:end:end]
		}
		check(s)
	}
}

// TestKcatTellsNullFromEmpty: every other test here trusts the reader.
func TestKcatTellsNullFromEmpty(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		topic := b.named(t, "in")
		b.createTopic(t, topic, 1)
		at := time.UnixMilli(1_700_000_000_123)
		write(t, b.writer(t),
			&kgo.Record{Topic: topic, Key: nil, Value: []byte{}, Timestamp: at},
			&kgo.Record{Topic: topic, Key: []byte{}, Value: nil, Timestamp: at},
			&kgo.Record{Topic: topic, Key: []byte("a b\n"), Value: []byte("1 2 3\n\n"), Timestamp: at, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x y")}}})
		var got []string
		readWithKcat(t, b, topic, func(s seen) {
			got = append(got, fmt.Sprintf("%d %d %d %t %q %t %q %s", s.partition, s.offset, s.timestamp, s.key == nil, s.key, s.value == nil, s.value, s.headers))
		})
		want := []string{
			`0 0 1700000000123 true "" false "" `,
			`0 1 1700000000123 false "" true "" `,
			`0 2 1700000000123 false "a b\n" false "1 2 3\n\n" h=x y`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("read %q", got)
		}
	})
}
