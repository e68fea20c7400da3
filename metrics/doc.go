// Package metrics is the one place for every Prometheus metric of the product.
//
// Two rules hold for all of them. A label value comes from the policy, from
// the configuration or from a closed list in this package, never from a
// record: what is outside its set is counted as "other". And every series
// that can be known is created at 0, because a counter that first appears
// with the value 1 never makes increase() fire.
//
// Callers take a handle once (ForProfile, ForTopic, Output) and add to it once
// per batch; handles hold their children, so that adding is an atomic
// operation and no label lookup.
//
// There is no global registry: two Metrics in one process are independent.
package metrics
