// Command redactor takes the personal data out of Kafka log streams, by a
// policy, and writes one sanitized stream per recipient.
package main

import "os"

func main() {
	os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
