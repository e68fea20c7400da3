// Package stream is the Kafka side of the proxy: it reads source topics as a
// member of a consumer group, has every record judged and rendered by package
// redact, and writes one sanitized stream per recipient.
//
// It stands on two words. A pipeline carries the records of one assigned
// partition, for as long as the partition is ours. A cut is a run of source
// records with all that was made of them: it is produced to every recipient,
// acknowledged, and committed as one.
//
// What it promises:
//
//   - A record leaves only as redact rendered it. What cannot be judged goes to
//     the quarantine as coordinates and a reason, or stops its partition, or is
//     dropped, as the route says; there is no way to let it through.
//   - Nothing is skipped. An output that refuses, a broker that is away, a right
//     that is missing: the partition waits, says so, and goes on.
//   - Delivery is in the order of the source partition, exactly once or at
//     least once (Config.Delivery). Exactly once, cuts of all recipients, the
//     quarantine and the offset end in one transaction, which only the owner of
//     the partition can end. At least once, producers are idempotent: only a
//     partition that changes hands in the middle of a cut, or a producer id that
//     the broker has forgotten, repeats records.
//   - Records of aborted transactions, and the markers of brokers, are never
//     forwarded.
//   - Memory is bounded by Config.Memory, whatever comes in.
//
// What does not exist here: kafka-go's Reader and Writer, which do none of the
// above; topics that are created on the way; a source topic without a route,
// or with two.
//
// Where to begin reading: pipeline.go has the stages; transform.go what becomes
// of a record, ship.go and send.go how a cut reaches its recipients,
// transaction.go how it comes to be seen, codes.go what an error asks for,
// poll.go how a thousand quiet partitions are waited for. fetch.go, produce.go and guard.go are the exchanges
// with brokers, batch.go and its neighbors the format.
package stream
