package redact

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redactor/detect"
	"redactor/internal/race"
	"redactor/pseudonym"
)

// subjectProgram has a field that says whose the record is, a time that is
// shifted by it and a place that is moved by it.
func subjectProgram(t testing.TB) *Program {
	user := Subject{0, detect.Account}
	m := must(t)
	transforms := []Transform{
		Drop(),
		m(Shift(ShiftOptions{Days: 30, Subject: user, Subkey: testSubkey()})),
		m(Laplace(LaplaceOptions{Radius: 500, Subject: user, Subkey: testSubkey()})),
	}
	return compile(t, Spec{
		Fields: []Field{
			{Name: "user", Level: 4, Class: detect.Account, Keys: []string{"user", "users"}},
			{Name: "at", Level: 3, Keys: []string{"at", "born"}, Headers: []string{"at"}, RecordKey: true},
			{Name: "spot", Level: 4, Keys: []string{"lat", "lon", "spot"}},
		},
		Profiles:   []Profile{{Name: "p", Transforms: transforms}, {Name: "q", Unknown: UnknownKeep, Transforms: transforms}},
		Containers: []string{"owner", "list"},
	})
}

func rendered(t testing.TB, m *Machine, rec string) string {
	t.Helper()
	if v := m.Scan([]byte(rec)); v.Outcome != Passed {
		t.Fatal(rec, v)
	}
	a, _ := m.Render(nil, 0)
	b, _ := m.Render(nil, 1)
	if string(a) != string(b) {
		t.Fatalf("%s: two profiles see %s and %s", rec, a, b)
	}
	return string(a)
}

func TestShift(t *testing.T) {
	m := subjectProgram(t).NewMachine()
	shifts := map[int]int{}
	for i := range 2000 {
		user := "u-" + strconv.Itoa(i)
		got := rendered(t, m, fmt.Sprintf(`{"at":["2026-11-21T21:05:33.123+08:00","Sat, 21 Nov 2026 21:05:33 GMT",1795295133,1795295133123,"20261121","2026年11月21日"],"owner":{"user":%q},"born":"1987-02-28"}`, user))
		from := strings.Index(got, `["`) + 2
		at, err := time.Parse(time.RFC3339Nano, got[from:from+29])
		if err != nil {
			t.Fatal(got, err)
		}
		was := time.Date(2026, 11, 21, 21, 5, 33, 123e6, time.FixedZone("", 8*3600))
		days := int(math.Round(at.Sub(was).Hours() / 24))
		if !at.Equal(was.AddDate(0, 0, days)) {
			t.Fatal("not by whole days:", got)
		}
		shifts[days]++
		utc := time.Unix(1795295133, 0).UTC().AddDate(0, 0, days)
		want := fmt.Sprintf(`{"at":["%s",%q,%d,%d123,"%s","%s"],"born":"%s"}`, at.Format("2006-01-02T15:04:05.000-07:00"), time.Date(2026, 11, 21+days, 21, 5, 33, 0, time.UTC).Format("Mon, 02 Jan 2006 15:04:05")+" GMT",
			utc.Unix(), utc.Unix(), at.Format("20060102"), at.Format("2006年01月02日"), time.Date(1987, 2, 28+days, 0, 0, 0, 0, time.UTC).Format("2006-01-02"))
		if got != want {
			t.Fatalf("by %d days\ngot  %s\nwant %s", days, got, want)
		}
	}
	if len(shifts) != 60 || shifts[0] > 0 || shifts[-30] == 0 || shifts[30] == 0 {
		t.Errorf("%d shifts: %v", len(shifts), shifts)
	}
	for _, n := range shifts {
		if n > 80 { // 33 on average; eight standard deviations
			t.Errorf("one shift %d times", n)
		}
	}
}

// TestNoSubject: where nobody knows whose a record is, nothing of it passes.
func TestNoSubject(t *testing.T) {
	m := subjectProgram(t).NewMachine()
	const nothing = `{"at":null,"lat":null,"lon":null}`
	for _, whose := range []string{`"x":1`, `"user":null`, `"user":""`, `"user":{}`, `"user":true`, `"user":"a","users":["a","b"]`, `"user":"a","owner":{"user":"b"}`} {
		rec := `{` + whose + `,"at":1795295133,"lat":39.9042,"lon":116.4074}`
		if m.Scan([]byte(rec)).Outcome != Passed {
			t.Fatal(rec)
		}
		if got, _ := m.Render(nil, 0); string(got) != nothing {
			t.Errorf("%s: %s", rec, got)
		}
	}
	rec := func(whose string) string { return `{` + whose + `,"at":1795295133,"lat":39.9042,"lon":116.4074}` }
	one := rendered(t, m, rec(`"user":"a"`))
	if strings.Contains(one, "null") {
		t.Fatal(one)
	}
	for _, same := range []string{`"user":"a","users":["a"," a "]`, `"\u0075ser":"\u0061"`, `"owner":{"user":"a"}`} {
		if got := rendered(t, m, rec(same)); got != one {
			t.Errorf("%s: %s, want %s", same, got, one)
		}
	}
	if got := rendered(t, m, rec(`"user":"b"`)); got == one {
		t.Error("two people move together")
	}
	for _, v := range []string{`"21:05:33"`, `"2026-11"`, `"soon"`, `true`, `"356938035643809"`, `"9999-12-31"`, `"0001-01-01"`} {
		got := rendered(t, m, `{"user":"a","at":`+v+`}`)
		if got != `{"at":null}` && v[:3] != `"99` && v[:3] != `"00` {
			t.Errorf("%s: %s", v, got)
		}
	}
	if _, null, _ := m.RenderKey(nil, []byte("1795295133"), 0); !null {
		t.Error("a key has no subject")
	}
}

// TestLaplace compares displacements with the distribution of the paper, by the
// test of Kolmogorov and Smirnov, and their angles with an even one.
func TestLaplace(t *testing.T) {
	tr := must(t)(Laplace(LaplaceOptions{Radius: 500, Subject: Subject{0, detect.Account}, Subkey: testSubkey()}))
	l := tr.fn.(*located)
	p := point{39.9042, 116.4074}
	home := l.cells.center(p)
	w := &worker{}
	const n = 20000
	var rs, angles []float64
	for i := range n {
		w.subject = []byte("u-" + strconv.Itoa(i))
		q, ok := l.place(w, p)
		if !ok || !q.valid() {
			t.Fatal(q, ok)
		}
		north, east := (q.lat-home.lat)*degreeMeters, (q.lon-home.lon)*degreeMeters*math.Cos(home.lat*math.Pi/180)
		rs = append(rs, 1-(1+l.noise.epsilon*math.Hypot(north, east))*math.Exp(-l.noise.epsilon*math.Hypot(north, east)))
		angles = append(angles, math.Atan2(east, north)/(2*math.Pi)+0.5)
		if again, _ := l.place(w, point{p.lat + 1e-6, p.lon}); again != q {
			t.Fatal("one subject in one cell is at two places")
		}
	}
	for name, xs := range map[string][]float64{"distances": rs, "angles": angles} {
		slices.Sort(xs)
		worst := 0.0
		for i, x := range xs {
			worst = max(worst, math.Abs(x-float64(i)/n), math.Abs(x-float64(i+1)/n))
		}
		if worst > 1.95/math.Sqrt(n) { // once in a thousand keys; this key is fixed
			t.Errorf("%s: Kolmogorov-Smirnov %.4f", name, worst)
		}
	}
	w.subject = nil
	if _, ok := l.place(w, p); ok {
		t.Error("nobody is somewhere")
	}
}

func TestLaplaceVectors(t *testing.T) {
	var v struct {
		Quantiles []struct {
			P   float64
			Eps float64 `json:"eps_per_m"`
			R   float64 `json:"r_m"`
		}
	}
	vectors(t, "planar_laplace.json", &v)
	for _, q := range v.Quantiles {
		if r := laplaceRadius(q.P) / q.Eps; math.Abs(r-q.R) > 1e-5*max(1, q.R) {
			t.Errorf("p %v, ε %v: %v m, want %v", q.P, q.Eps, r, q.R)
		}
	}
	if len(v.Quantiles) < 36 {
		t.Error("vectors are missing")
	}
}

// TestDisplace: at the poles and the date line a point stays on the globe.
func TestDisplace(t *testing.T) {
	for _, p := range []point{{90, 0}, {-90, 180}, {0, 180}, {0, -180}, {89.9999, 17}, {12, -179.9999}} {
		for _, m := range []float64{-1e7, -5000, 0, 5000, 1e7} {
			if q := displace(p, m, m); !q.valid() {
				t.Errorf("%v by %v m: %v", p, m, q)
			}
		}
	}
	if q := displace(point{0, 179.99}, 0, 2224); math.Abs(q.lon+179.99) > 1e-3 {
		t.Error("across the date line:", q)
	}
}

func TestSubjectNoAllocs(t *testing.T) {
	race.Skip(t)
	m := subjectProgram(t).NewMachine()
	rec := []byte(`{"at":["2026-11-21T21:05:33.123+08:00",1795295133],"user":"\u0061lice","lat":39.9042,"lon":116.4074,"spot":"39.9042,116.4074"}`)
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(20, func() {
		m.Scan(rec)
		m.Render(dst, 0)
		m.Render(dst, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSubjectArguments(t *testing.T) {
	for _, days := range []int{0, -1, 183} {
		if _, err := Shift(ShiftOptions{Days: days, Subkey: testSubkey()}); err == nil {
			t.Errorf("shifted by up to %d days", days)
		}
	}
	if _, err := Shift(ShiftOptions{Days: 1}); err == nil {
		t.Error("shifted without a key")
	}
	if _, err := Laplace(LaplaceOptions{Radius: 500}); err == nil {
		t.Error("moved without a key")
	}
	if _, err := Laplace(LaplaceOptions{Radius: 1, Subkey: testSubkey()}); err == nil {
		t.Error("moved by a meter")
	}
}

func BenchmarkSubject(b *testing.B) {
	m := subjectProgram(b).NewMachine()
	dst := make([]byte, 0, 1024)
	for name, rec := range map[string]string{"shift": `{"user":"alice","at":1795295133}`, "laplace": `{"user":"alice","spot":"39.9042,116.4074"}`} {
		b.Run(name, func(b *testing.B) {
			in := []byte(rec)
			for b.Loop() {
				m.Scan(in)
				m.Render(dst, 0)
			}
		})
	}
}

// TestSurveyByEpoch: what is done by a person is done by a person in each
// epoch, with the secret of that epoch.
func TestSurveyByEpoch(t *testing.T) {
	user := Subject{0, detect.Account}
	shift := func(epoch string) Transform {
		return must(t)(Shift(ShiftOptions{Days: 30, Subject: user, Subkey: pseudonym.TestSecret("k").Subkey("acme", "p", "p", "account", epoch)}))
	}
	ts := []Transform{shift("1"), {}, shift("3")}
	by := ByEpoch(ts)
	if opOf(by) != opSurvey || opOf(ByEpoch([]Transform{must(t)(Round(1))})) != opApply {
		t.Fatal("what surveys does not, or what does not does")
	}
	m := subjectProgram(t).NewMachine()
	differ := false
	for i := range 20 {
		if v := m.Scan([]byte(`{"at":1795295133,"user":"u-` + strconv.Itoa(i) + `"}`)); v.Outcome != Passed {
			t.Fatal(v)
		}
		apply := func(tr Transform, epoch int32) string {
			m.w.epoch, m.w.subject = epoch, nil
			tr.fn.(surveyor).survey(m, 1, 0)
			out, shape := tr.fn.apply(&m.w, nil, []byte("1795295133"), KindNumber)
			return fmt.Sprint(string(out), shape)
		}
		first, third := apply(by, 0), apply(by, 2)
		if first != apply(ts[0], 0) || third != apply(ts[2], 0) {
			t.Errorf("%d: %s and %s", i, first, third)
		}
		differ = differ || first != third
		for _, none := range []int32{noEpoch, 1, 3} {
			if got := apply(by, none); got != fmt.Sprint("", ShapeNull) {
				t.Errorf("without a secret: %s", got)
			}
		}
	}
	if !differ {
		t.Error("two epochs shift alike")
	}
}
