package main

import (
	"fmt"

	"redactor/bench"
	"redactor/redact"
)

// An entry is a job of the contest: what is measured and how it is checked.
type entry struct {
	bench.Job
	check  check
	ours   bool
	trusts bool
	odd    int // records of the odd spellings that came out wrong; -1 when it was not asked
}

var peers = []peer{
	{name: "jx raw + splice", make: jxSplice},
	{name: "fastjson set", make: fastjsonSet},
	{name: "simdjson-go set", make: simdjsonSet, nullsNumbers: true},
	{name: "sonic get x8 + splice", make: sonicSplice, trusts: true},
	{name: "sonic ast", make: sonicAST},
	{name: "sonic map", make: sonicMap},
	{name: "jsontext tokens", make: jsontextTokens},
	{name: "gjson get x8 + splice", make: gjsonSplice},
	{name: "gjson walk + splice", make: gjsonWalk},
	{name: "sjson set x8", make: sjsonSet},
	{name: "jsonparser eachkey + splice", make: jsonparserSplice, trusts: true},
	{name: "jsonparser set x8", make: jsonparserSet, trusts: true},
	{name: "goccy map", make: goccyMap},
	{name: "encoding/json map", make: stdMap},
	{name: bloblangMapping, make: blob((*work).blobMasks, mapping)},
	{name: bloblangMutation, make: blob((*work).blobMasks, mutation), trusts: true},
}

// The names that the summary asks for.
const (
	memcpy           = "memcpy"
	bloblangMapping  = "bloblang mapping"
	bloblangMutation = "bloblang mutation"
	bloblangHMAC     = "bloblang mapping hmac"
	bloblangHMACMut  = "bloblang mutation hmac"
)

// contest returns the entries of one set. odd are records in spellings that
// are rare and legal.
func contest(w *work, masked, keyed, hashed *redact.Program, odd *bench.Set) ([]*entry, error) {
	entries := []*entry{{Job: bench.Copy(w.set), check: verbatim, odd: -1}}
	for _, path := range bench.Paths {
		for _, p := range []struct {
			name    string
			program *redact.Program
			check   check
		}{
			{"paths", masked, w.masked(false)},
			{"any depth", bench.AnyDepth(), anyDepth()},
			{"hmac", keyed, w.pseudonymized()},
			{"hmac hex", hashed, w.pseudonymized()},
			{"deny", bench.Catalog(1), denied()},
			{"recipients-3", bench.Catalog(3), denied()},
		} {
			job := bench.Engine("redactor "+p.name+" "+path.Name, w.set, path.New(p.program))
			entries = append(entries, &entry{Job: job, check: p.check, ours: true})
		}
	}
	for _, p := range peers {
		entries = append(entries, &entry{Job: w.job(p.name, p.make(w)), check: w.masked(p.nullsNumbers), trusts: p.trusts})
	}
	entries = append(entries,
		&entry{Job: w.job(bloblangHMAC, blob((*work).blobHashes, mapping)(w)), check: w.pseudonymized()},
		&entry{Job: w.job(bloblangHMACMut, blob((*work).blobHashes, mutation)(w)), check: w.pseudonymized()},
	)
	for _, e := range entries {
		if err := e.verify(w.set); err != nil {
			return nil, err
		}
		if e.odd == 0 && odd != nil {
			e.odd = e.wrong(odd)
		}
	}
	return entries, nil
}

// job makes a Job of a rewriter.
func (w *work) job(name string, r rewriter) bench.Job {
	return bench.Job{Name: name, Set: w.set, Pass: func(dst []byte, records [][]byte) (_ []byte, err error) {
		for _, record := range records {
			if dst, err = r(dst[:0], record); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}}
}

// verify checks what the entry makes of every record that is measured.
func (e *entry) verify(set *bench.Set) error {
	for i := range set.Records {
		if err := e.one(set.Records[i]); err != nil {
			return fmt.Errorf("%s: %s: record %d: %w", set.Name, e.Name, i, err)
		}
	}
	return nil
}

// wrong counts the records that do not come out as asked.
func (e *entry) wrong(set *bench.Set) int {
	n := 0
	for i := range set.Records {
		if e.one(set.Records[i]) != nil {
			n++
		}
	}
	return n
}

func (e *entry) one(record []byte) error {
	in := append([]byte(nil), record...)
	out, err := e.Pass(nil, [][]byte{in})
	if err != nil {
		return err
	}
	if string(in) != string(record) {
		return fmt.Errorf("it changed its input")
	}
	return e.check(record, out)
}
