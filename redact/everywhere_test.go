package redact

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"redactor/detect"
)

// everywhere is the digest of what TestSameEverywhere renders. It changes only when
// what recipients get changes: then their joins across the change break.
const everywhere = "87d59c9a4b161cff"

// TestSameEverywhere: what comes out is the same on every machine, on both paths,
// by every Program of one policy and after every restart, to the byte: noise and
// shifts too, which are keyed and have their arithmetic in floating point.
func TestSameEverywhere(t *testing.T) {
	m := must(t)
	whose := Subject{Field: 0, Class: detect.IMEI}
	catalog := []struct {
		f Field
		t Transform
	}{
		{Field{Name: "imei", Class: detect.IMEI, Keys: []string{"imei"}}, matrixPseudonym(t)},
		{Field{Name: "imsi", Class: detect.IMSI, Keys: []string{"imsi"}}, newFPE(t, FPEOptions{Class: detect.IMSI})},
		{Field{Name: "ids", Keys: []string{"android_id", "oaid", "sid"}}, m(Mask(MaskOptions{KeepLast: 2}))},
		{Field{Name: "mac", Class: detect.MAC, Keys: []string{"mac", "bssid"}}, m(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Class: detect.MAC}))},
		{Field{Name: "ip", Class: detect.IP, Keys: []string{"ip"}}, m(IPTruncate(24, 48))},
		{Field{Name: "time", Keys: []string{"ts"}}, m(Shift(ShiftOptions{Days: 30, Subkey: testSubkey(), Subject: whose}))},
		{Field{Name: "place", Class: detect.Location, Keys: []string{"lat", "lon"}}, m(Laplace(LaplaceOptions{Radius: 500, Subkey: testSubkey(), Subject: whose}))},
		{Field{Name: "page", Keys: []string{"url"}}, URL(URLQuery)},
		{Field{Name: "text", Keys: []string{"msg", "stack"}}, scrubAll(t)},
		{Field{Name: "payload", Keys: []string{"ext"}}, m(Nested(NestedOptions{}))},
	}
	spec := Spec{Profiles: []Profile{{Name: "p", Unknown: UnknownKeep}}}
	for _, c := range catalog {
		c.f.Level = 4
		spec.Fields = append(spec.Fields, c.f)
		spec.Profiles[0].Transforms = append(spec.Profiles[0].Transforms, c.t)
	}
	records := append(flatRecords(100), nestedRecords(100)...)
	for range 3 {
		p := compile(t, spec)
		for _, machine := range []*Machine{p.NewMachine(), p.NewPortableMachine()} {
			sum, unfit := sha256.New(), 0
			for _, r := range records {
				machine.Scan(r)
				out, v := machine.Render(nil, 0)
				if v.Outcome != Passed {
					t.Fatal(v)
				}
				sum.Write(append(out, '\n'))
			}
			for i := range catalog {
				unfit += int(machine.Counts().Profiles[0].Unfit(i))
			}
			if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != everywhere || unfit > 0 {
				t.Errorf("%s, want %s; %d values were unfit", got, everywhere, unfit)
			}
		}
	}
}
