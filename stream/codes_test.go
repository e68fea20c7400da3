package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
)

// franz-go knows which codes are worth a retry. Where we differ, we say why.
func TestClassifyAgainstFranzGo(t *testing.T) {
	differ := map[int16]string{
		-1: "an unknown server error passes, as often as not",
		2:  "franz-go retries it too, but for the checksum only",
		44: "broker policies are changed by people",
		87: "halving finds the record",
	}
	for code := int16(-1); code < 130; code++ {
		e := kerr.TypedErrorForCode(code)
		if e == nil || e.Code != code {
			continue
		}
		cl, _ := classify(code)
		retried := cl == classSoon || cl == classRetry || cl == classRefresh || cl == classRenew
		if _, ok := differ[code]; ok || cl == classOK || cl == classStalled {
			continue // stalled is retried as well, slowly
		}
		if e.Retriable && !retried {
			t.Errorf("%s (%d): franz-go retries, class %d here", e.Message, code, cl)
		}
	}
}

// Nothing of what Kafka may answer skips a record or ends the process.
func TestClassifyIsTotal(t *testing.T) {
	for code := int16(-200); code < 200; code++ {
		cl, _ := classify(code)
		if _, listed := codeClass[code]; !listed && cl != classStalled {
			t.Errorf("code %d is not in the table and is of class %d", code, cl)
		}
	}
}

func TestClassifyError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want class
	}{
		{nil, classOK},
		{kafka.NotLeaderForPartition, classRefresh},
		{fmt.Errorf("wrapped: %w", kafka.NotEnoughReplicas), classRetry},
		{kafka.TopicAuthorizationFailed, classStalled},
		{context.DeadlineExceeded, classRefresh},
		{os.ErrDeadlineExceeded, classRefresh},
		{io.ErrUnexpectedEOF, classRefresh},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, classRefresh},
		{errProtocol, classRetry},
	} {
		if got, _ := classifyError(c.err); got != c.want {
			t.Errorf("%v: class %d, want %d", c.err, got, c.want)
		}
	}
}
