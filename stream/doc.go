// Package stream is the Kafka side of the proxy: it reads the source topics as
// a member of a consumer group, has every record judged and rendered by
// package redact, and writes one sanitized stream per recipient.
package stream
