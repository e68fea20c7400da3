package bench

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// A Job is one way to take records through some code.
type Job struct {
	Name string
	Set  *Set

	// Pass does the work for each record. What it makes of a record it writes
	// over what was made of the one before, into dst where there is room, and
	// returns what was made of the last.
	Pass func(dst []byte, records [][]byte) ([]byte, error)
}

// Copy returns the yardstick: the same bytes copied, record by record.
func Copy(s *Set) Job {
	return Job{Name: "memcpy", Set: s, Pass: func(dst []byte, records [][]byte) ([]byte, error) {
		for _, r := range records {
			dst = append(dst[:0], r...)
		}
		return dst, nil
	}}
}

// Options say how long to measure.
type Options struct {
	Rounds   int             // every job once in each; at least 1
	Slice    time.Duration   // processor time of one job in one round
	Progress func(f float64) // called now and then with the part that is done; may be nil
}

// A Result is what a Job cost per record, in processor time of the whole
// process, garbage collection included. The quiet quarter of the rounds tells
// what the code costs; the median, what the machine was busy with besides.
type Result struct {
	Job    string
	Set    string
	Bytes  float64   // a record
	P25    float64   // ns a record, a quarter of the rounds was at most that
	Median float64   // ns a record
	Allocs float64   // a record, in the round that had least
	Rounds []float64 // ns a record, in the order of measuring
}

// MBPerSecond is the input that goes through in a second, in 10^6 bytes.
func (r *Result) MBPerSecond() float64 { return r.Bytes / r.P25 * 1e3 }

// Measure takes the jobs in turns, on one processor.
func Measure(jobs []Job, o Options) ([]Result, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runs := make([]run, len(jobs))
	for i, j := range jobs {
		runs[i] = run{job: j}
		if err := runs[i].calibrate(o.Slice); err != nil {
			return nil, err
		}
	}
	for round := range o.Rounds {
		for i := range runs {
			if err := runs[i].once(); err != nil {
				return nil, err
			}
			if o.Progress != nil {
				o.Progress(float64(round*len(runs)+i+1) / float64(o.Rounds*len(runs)))
			}
		}
	}
	results := make([]Result, len(runs))
	for i := range runs {
		results[i] = runs[i].result()
	}
	return results, nil
}

// run is one job and what it cost so far.
type run struct {
	job    Job
	dst    []byte
	passes int       // of the set, in a round
	cost   []float64 // by round, ns a record
	allocs []float64 // by round, a record
}

// calibrate finds how many passes take the slice. It also warms caches,
// predictors and scratch up.
func (r *run) calibrate(slice time.Duration) error {
	for r.passes = 1; ; {
		took, err := r.measure()
		if err != nil {
			return err
		}
		if took >= slice/2 {
			r.passes = max(1, int(float64(r.passes)*float64(slice)/float64(took)))
			return nil
		}
		r.passes *= 2
	}
}

// once is one round.
func (r *run) once() error {
	runtime.GC() // what jobs before this one left is not this one's
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took, err := r.measure()
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	n := float64(r.passes * len(r.job.Set.Records))
	r.cost = append(r.cost, float64(took)/n)
	r.allocs = append(r.allocs, float64(after.Mallocs-before.Mallocs)/n)
	return nil
}

func (r *run) measure() (time.Duration, error) {
	start, err := processorTime()
	if err != nil {
		return 0, err
	}
	for range r.passes {
		if r.dst, err = r.job.Pass(r.dst, r.job.Set.Records); err != nil {
			return 0, fmt.Errorf("%s: %w", r.job.Name, err)
		}
	}
	end, err := processorTime()
	return end - start, err
}

// allocNoise is what the runtime allocates by itself in a round, a record:
// below it a job allocates nothing.
const allocNoise = 0.01

func (r *run) result() Result {
	sorted := slices.Sorted(slices.Values(r.cost))
	out := Result{
		Job: r.job.Name, Set: r.job.Set.Name, Bytes: float64(r.job.Set.Bytes) / float64(len(r.job.Set.Records)),
		P25: sorted[len(sorted)/4], Median: sorted[len(sorted)/2], Allocs: slices.Min(r.allocs), Rounds: r.cost,
	}
	if out.Allocs < allocNoise {
		out.Allocs = 0
	}
	return out
}
