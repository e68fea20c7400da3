package stream

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"

	"github.com/segmentio/kafka-go"

	"redactor/metrics"
)

// class says what an error asks of us. No class skips a record.
type class uint8

const (
	classOK      class = iota
	classSoon          // the same request, in milliseconds: the transaction before is being finished
	classRetry         // the same request, after a pause
	classRefresh       // the same request, after asking who leads or coordinates
	classRenew         // the broker lost or refuses our producer id: take a new one, sequence 0; a transaction begins anew
	classFenced        // somebody else owns this partition now: leave it
	classSplit         // the records are refused, not the request: halve the batch
	classRange         // the offset is not in the log
	classStalled       // only an operator can help: go on trying, slowly, and say so
)

// codeClass is the one table of what Kafka's error codes mean here, for the
// requests of this package. The number stands beside each, because that is
// what other people's logs show. A code that is not listed is classStalled.
var codeClass = map[int16]struct {
	class class
	code  metrics.Code
}{
	-1:  {classRetry, metrics.CodeOther}, // UNKNOWN_SERVER_ERROR
	0:   {classOK, metrics.CodeOther},
	1:   {classRange, metrics.CodeOffsetRange},       // OFFSET_OUT_OF_RANGE
	2:   {classRetry, metrics.CodeCorrupt},           // CORRUPT_MESSAGE: damaged on the way, or below the broker
	3:   {classRefresh, metrics.CodeUnknownTopic},    // UNKNOWN_TOPIC_OR_PARTITION: also right after a creation
	5:   {classRefresh, metrics.CodeLeader},          // LEADER_NOT_AVAILABLE
	6:   {classRefresh, metrics.CodeLeader},          // NOT_LEADER_OR_FOLLOWER
	7:   {classRetry, metrics.CodeTimeout},           // REQUEST_TIMED_OUT: perhaps after the append; the sequence number tells
	8:   {classRefresh, metrics.CodeLeader},          // BROKER_NOT_AVAILABLE
	9:   {classRefresh, metrics.CodeLeader},          // REPLICA_NOT_AVAILABLE
	10:  {classSplit, metrics.CodeTooLarge},          // MESSAGE_TOO_LARGE
	13:  {classRetry, metrics.CodeNetwork},           // NETWORK_EXCEPTION
	14:  {classRetry, metrics.CodeCoordinator},       // COORDINATOR_LOAD_IN_PROGRESS
	15:  {classRefresh, metrics.CodeCoordinator},     // COORDINATOR_NOT_AVAILABLE
	16:  {classRefresh, metrics.CodeCoordinator},     // NOT_COORDINATOR
	18:  {classSplit, metrics.CodeTooLarge},          // RECORD_LIST_TOO_LARGE
	19:  {classRetry, metrics.CodeReplicas},          // NOT_ENOUGH_REPLICAS
	20:  {classRetry, metrics.CodeReplicas},          // NOT_ENOUGH_REPLICAS_AFTER_APPEND
	22:  {classFenced, metrics.CodeGroup},            // ILLEGAL_GENERATION
	25:  {classFenced, metrics.CodeGroup},            // UNKNOWN_MEMBER_ID
	27:  {classFenced, metrics.CodeGroup},            // REBALANCE_IN_PROGRESS
	29:  {classStalled, metrics.CodeAuthorization},   // TOPIC_AUTHORIZATION_FAILED
	30:  {classStalled, metrics.CodeAuthorization},   // GROUP_AUTHORIZATION_FAILED
	31:  {classStalled, metrics.CodeAuthorization},   // CLUSTER_AUTHORIZATION_FAILED
	32:  {classSplit, metrics.CodePolicyViolation},   // INVALID_TIMESTAMP: outside the topic's bounds
	33:  {classStalled, metrics.CodeAuthentication},  // UNSUPPORTED_SASL_MECHANISM
	34:  {classStalled, metrics.CodeAuthentication},  // ILLEGAL_SASL_STATE
	44:  {classStalled, metrics.CodePolicyViolation}, // POLICY_VIOLATION
	45:  {classRenew, metrics.CodeSequence},          // OUT_OF_ORDER_SEQUENCE_NUMBER
	46:  {classOK, metrics.CodeSequence},             // DUPLICATE_SEQUENCE_NUMBER: it is there already
	47:  {classRenew, metrics.CodeFenced},            // INVALID_PRODUCER_EPOCH
	48:  {classRenew, metrics.CodeFenced},            // INVALID_TXN_STATE: not in a transaction any more
	49:  {classRenew, metrics.CodeSequence},          // INVALID_PRODUCER_ID_MAPPING
	51:  {classSoon, metrics.CodeOther},              // CONCURRENT_TRANSACTIONS: markers are still being written
	52:  {classRefresh, metrics.CodeCoordinator},     // TRANSACTION_COORDINATOR_FENCED
	53:  {classStalled, metrics.CodeAuthorization},   // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
	56:  {classRefresh, metrics.CodeOther},           // KAFKA_STORAGE_ERROR: a dead log directory; another replica will lead
	58:  {classStalled, metrics.CodeAuthentication},  // SASL_AUTHENTICATION_FAILED
	59:  {classRenew, metrics.CodeSequence},          // UNKNOWN_PRODUCER_ID: its records have expired
	72:  {classRefresh, metrics.CodeLeader},          // LISTENER_NOT_FOUND
	74:  {classRefresh, metrics.CodeLeader},          // FENCED_LEADER_EPOCH
	75:  {classRefresh, metrics.CodeLeader},          // UNKNOWN_LEADER_EPOCH
	78:  {classRetry, metrics.CodeOffsetRange},       // OFFSET_NOT_AVAILABLE: a new leader catches up
	82:  {classFenced, metrics.CodeFenced},           // FENCED_INSTANCE_ID
	87:  {classSplit, metrics.CodePolicyViolation},   // INVALID_RECORD: no key on a compacted topic, for one
	88:  {classRetry, metrics.CodeOther},             // UNSTABLE_OFFSET_COMMIT
	89:  {classRetry, metrics.CodeOther},             // THROTTLING_QUOTA_EXCEEDED
	90:  {classFenced, metrics.CodeFenced},           // PRODUCER_FENCED
	100: {classRefresh, metrics.CodeUnknownTopic},    // UNKNOWN_TOPIC_ID: the topic was created anew
	120: {classRenew, metrics.CodeOther},             // TRANSACTION_ABORTABLE
}

// classify says what a Kafka error code asks of us.
func classify(code int16) (class, metrics.Code) {
	if c, ok := codeClass[code]; ok {
		return c.class, c.code
	}
	return classStalled, metrics.CodeOther
}

// classifyError is classify for the error of an exchange: no answer came, or
// kafka-go made one up. Everything that a network does is worth another try.
func classifyError(err error) (class, metrics.Code) {
	if err == nil { // at every answer: without an allocation
		return classOK, metrics.CodeOther
	}
	var code kafka.Error
	var netErr net.Error
	var verification *tls.CertificateVerificationError
	var alert tls.AlertError
	switch {
	case errors.As(err, &code):
		return classify(int16(code))
	case errors.As(err, &verification), errors.As(err, &alert):
		return classStalled, metrics.CodeAuthentication
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return classRefresh, metrics.CodeTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return classRefresh, metrics.CodeNetwork
	case errors.As(err, &netErr):
		return classRefresh, metrics.CodeNetwork
	case errors.Is(err, errProtocol):
		return classRetry, metrics.CodeCorrupt
	}
	return classRefresh, metrics.CodeOther
}
