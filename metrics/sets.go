package metrics

// Stage is a part of the work on one batch. Fetch and produce latency are in
// kafka_request_seconds; StageProduce is the time a batch waits for its
// acknowledgements, retries included.
type Stage uint8

const (
	StageDecode  Stage = iota // decompress, check the CRC, find the records
	StageRedact               // scan, render for every recipient
	StageEncode               // build and compress the output batches
	StageProduce              // wait for every acknowledgement
	StageCommit               // commit the offset
	numStages
)

var stageNames = [numStages]string{"decode", "redact", "encode", "produce", "commit"}

// API is a kind of Kafka request.
type API uint8

const (
	APIFetch API = iota
	APIProduce
	APIMetadata
	APIListOffsets
	APIOffsetFetch
	APIOffsetCommit
	APIFindCoordinator
	APIGroup // join, sync, heartbeat, leave
	APIInitProducerID
	APITransaction // add partitions, add offsets, commit offsets, end
	APIOther
	numAPIs
)

var apiNames = [numAPIs]string{"fetch", "produce", "metadata", "list_offsets", "offset_fetch", "offset_commit",
	"find_coordinator", "group", "init_producer_id", "transaction", Other}

// Code is a kind of Kafka error. Kafka has more than a hundred codes and grows
// more; these are the ones that ask somebody for something different.
type Code uint8

const (
	CodeNetwork         Code = iota // connection refused, reset, closed
	CodeTimeout                     // no answer in time, here or between brokers
	CodeLeader                      // leader moved, or none
	CodeCoordinator                 // group or transaction coordinator moved, loading, or none
	CodeUnknownTopic                // topic or partition does not exist, or may not be described
	CodeAuthentication              // SASL or TLS
	CodeAuthorization               // an ACL is missing
	CodeGroup                       // rebalance in progress, unknown member, old generation
	CodeFenced                      // another producer took over
	CodeSequence                    // idempotence: out of order or duplicate sequence
	CodeTooLarge                    // record or batch above the topic's limit
	CodeCorrupt                     // CRC or format
	CodeOffsetRange                 // the offset is gone, or not there yet
	CodeReplicas                    // fewer in-sync replicas than the topic asks for
	CodePolicyViolation             // a broker-side policy refuses
	CodeOther
	numCodes
)

var codeNames = [numCodes]string{"network", "timeout", "leader", "coordinator", "unknown_topic", "authentication",
	"authorization", "group", "fenced", "sequence", "too_large", "corrupt", "offset_range", "replicas", "policy_violation", Other}

// Result is the outcome of something that either works or not.
type Result uint8

const (
	Success Result = iota
	Failure
	numResults
)

var resultNames = [numResults]string{"success", "error"}

// Level is a log level.
type Level uint8

const (
	LevelDebug Level = iota
	LevelInfo
	LevelWarn
	LevelError
	numLevels
)

var levelNames = [numLevels]string{"debug", "info", "warn", "error"}
