// Package e2e tests redactor from outside: the real binary, a real broker, an independent reader.
//
// Every test runs on kfake, an in-process broker that needs nothing installed, and again on Apache Kafka
// where REDACTOR_KAFKA holds its bootstrap address (.ci/kafka starts one). What a machine does not have is
// skipped and said; REDACTOR_REQUIRE, a list of kafka, kcat and corpora, makes that skip a failure, so that
// CI cannot pass by testing less. REDACTOR_E2E_RECORDS sets the size of the large relay (default 40,000).
//
// The proof stands on records that anyone can compute from their partition and number alone: the writer
// and the checker share no state, and what a recipient must see is known byte for byte (see oracle_test.go).
package e2e
