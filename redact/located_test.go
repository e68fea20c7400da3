package redact

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	golang "github.com/golang/geo/s2"

	"redactor/internal/race"
)

// vectors reads a file of published values, which lie beside the repository.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	src, err := os.ReadFile("../../shared/vectors/" + name)
	if err != nil {
		t.Skip("no vectors beside the repository")
	}
	if err := json.Unmarshal(src, into); err != nil {
		t.Fatal(err)
	}
}

func TestGeohashVectors(t *testing.T) {
	var v struct {
		Published []struct {
			Geohash  string
			Lat, Lng float64
		}
		Recomputed []struct {
			Geohash  map[int]string
			Lat, Lng float64
		}
	}
	vectors(t, "geohash.json", &v)
	check := func(want string, lat, lng float64) {
		g := geohash{len(want), uint(5*len(want)) / 2, uint(5*len(want)+1) / 2}
		if got := string(g.appendCode(nil, point{lat, lng})); got != want {
			t.Errorf("%v,%v: %s, want %s", lat, lng, got, want)
		}
	}
	for _, p := range v.Published {
		check(p.Geohash, p.Lat, p.Lng)
	}
	for _, p := range v.Recomputed {
		for n, want := range p.Geohash {
			if len(want) != n {
				t.Fatal(n, want)
			}
			check(want, p.Lat, p.Lng)
		}
	}
	if len(v.Published) < 13 || len(v.Recomputed) < 12 {
		t.Error("vectors are missing")
	}
	check("u4pruydqqvj", 57.64911, 10.40744) // geohash.org
	check("bpbpbp", 90, -180)
	check("zzzzzz", 90, 180)
}

func TestS2Vectors(t *testing.T) {
	var v struct {
		Vectors []struct {
			Lat, Lng float64
			S2       map[uint]struct {
				Token  string
				Center [2]float64
			}
		}
	}
	vectors(t, "s2.json", &v)
	for _, p := range v.Vectors {
		for level, want := range p.S2 {
			at := point{p.Lat, p.Lng}
			if got := string(s2(level).appendCode(nil, at)); got != want.Token {
				t.Errorf("%v of level %d: %s, want %s", at, level, got, want.Token)
			}
			if c := s2(level).center(at); math.Abs(c.lat-want.Center[0]) > 1e-6 || math.Abs(c.lon-want.Center[1]) > 1e-6 {
				t.Errorf("%v of level %d: center %v, want %v", at, level, c, want.Center)
			}
		}
	}
	if len(v.Vectors) < 12 {
		t.Error("vectors are missing")
	}
}

func TestCRSVectors(t *testing.T) {
	type pair [2]float64
	var v struct {
		BD09 struct {
			GCJ02     pair
			Published pair `json:"bd09_published"`
		}
		Vectors []struct {
			WGS84 pair
			GCJ02 pair    `json:"gcj02_published"`
			Off   float64 `json:"own_a6378245_error_m"`
		}
	}
	vectors(t, "gcj02.json", &v)
	near := func(what string, got point, want pair, meters float64) {
		t.Helper()
		if d := distance(got, point{want[0], want[1]}); d > meters {
			t.Errorf("%s: %v is %.3f m from %v", what, got, d, want)
		}
	}
	for _, p := range v.Vectors {
		tolerance := 0.001 + p.Off
		near("displaced", wgsToGCJ(point{p.WGS84[0], p.WGS84[1]}), p.GCJ02, tolerance)
		near("set right", GCJ02.toWGS84(point{p.GCJ02[0], p.GCJ02[1]}), p.WGS84, tolerance)
	}
	near("bd09", bdToGCJ(point{v.BD09.Published[0], v.BD09.Published[1]}), v.BD09.GCJ02, 1)
	if len(v.Vectors) < 4 {
		t.Error("vectors are missing")
	}
}

// distance is in meters, for points that are near.
func distance(a, b point) float64 {
	return math.Hypot(a.lat-b.lat, (a.lon-b.lon)*math.Cos(a.lat*math.Pi/180)) * degreeMeters
}

// FuzzCRS: displaced and set right is where it was.
func FuzzCRS(f *testing.F) {
	f.Add(39.9042, 116.4074)
	f.Add(18.25, 109.5)
	f.Add(53.4, 122.5)
	f.Fuzz(func(t *testing.T, lat, lon float64) {
		p := point{lat, lon}
		if !p.valid() || !displaced(p) || !displaced(wgsToGCJ(p)) {
			return // at the border of the box a point may be displaced across it
		}
		if back := gcjToWGS(wgsToGCJ(p)); distance(p, back) > 0.01 {
			t.Fatalf("%v came back as %v", p, back)
		}
	})
}

// slowGeohash bisects, as geohash.org describes it.
func slowGeohash(p point, precision int) string {
	lat, lon := [2]float64{-90, 90}, [2]float64{-180, 180}
	var b strings.Builder
	for i, digit := 0, 0; i < 5*precision; i++ {
		half, x := &lon, p.lon
		if i%2 == 1 {
			half, x = &lat, p.lat
		}
		mid := (half[0] + half[1]) / 2
		if digit *= 2; x >= mid {
			digit++
			half[0] = mid
		} else {
			half[1] = mid
		}
		if i%5 == 4 {
			b.WriteByte(geohashDigits[digit])
			digit = 0
		}
	}
	return b.String()
}

// FuzzLocated checks cells against their slow twins, and that a center as it
// is written is in the cell that it is the center of.
func FuzzLocated(f *testing.F) {
	for _, p := range []point{{39.9042, 116.4074}, {0, 0}, {90, 180}, {-90, -180}, {-33.86, 151.2}, {78.2, 15.6}, {35.26438968, 45}, {-89.99, 12}, {-20.73561032, 45}} {
		f.Add(p.lat, p.lon, uint8(5))
		f.Add(p.lat, p.lon, uint8(12))
	}
	f.Fuzz(func(t *testing.T, lat, lon float64, size uint8) {
		p := point{lat, lon}
		if !p.valid() {
			return
		}
		precision, level, meters := 1+int(size)%maxGeohash, 1+int(size)%maxS2, minGrid+int(size)*137
		if got, want := string(geohash{precision, uint(5*precision) / 2, uint(5*precision+1) / 2}.appendCode(nil, p)), slowGeohash(p, precision); got != want {
			t.Fatalf("%v: geohash %s, want %s", p, got, want)
		}
		ll := golang.LatLngFromDegrees(lat, lon)
		if got, want := string(s2(level).appendCode(nil, p)), golang.CellIDFromLatLng(ll).Parent(level).ToToken(); got != want {
			t.Fatalf("%v: s2 %s, want %s", p, got, want)
		}
		m := must(t)
		for _, tr := range []Transform{m(Geohash(precision, PlaceOptions{})), m(S2(level, PlaceOptions{})), m(Grid(meters, PlaceOptions{}))} {
			l := tr.fn.(*located)
			once := appendDegrees(nil, l.cells.center(p).lat, l.decimals)
			other := appendDegrees(nil, l.cells.center(p).lon, l.decimals)
			lat, ok1 := degrees(once)
			lon, ok2 := degrees(other)
			if again := l.cells.center(point{lat, lon}); !ok1 || !ok2 || again != l.cells.center(p) {
				t.Fatalf("%v of %v: %s,%s has the center %v", tr, p, once, other, again)
			}
		}
	})
}

// FuzzDegrees reads numbers as strconv does.
func FuzzDegrees(f *testing.F) {
	for _, v := range []string{"39.904211", "-0", "180", "180.1", "1e2", "1e-300", "0.000000000000000000000000000001", "-179.99999999999999999999", "1.79e2", "99999e-3"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		got, ok := degrees([]byte(v))
		if !ok {
			return
		}
		want, err := strconv.ParseFloat(v, 64)
		if err != nil || math.Abs(got-want) > 1e-13 {
			t.Fatalf("%q: %v, want %v (%v)", v, got, want, err)
		}
	})
}

func TestGridCells(t *testing.T) {
	for _, meters := range []int{10, 100, 1000, 2000, 25000, 1000000} {
		g := must(t)(Grid(meters, PlaceOptions{})).fn.(*located).cells
		for lat := -80.0; lat < 80; lat += 7.3 {
			for lon := -179.0; lon < 179; lon += 31.7 {
				if d := distance(point{lat, lon}, g.center(point{lat, lon})); d > 1.5*float64(meters) {
					t.Errorf("%d m: %v,%v is %.0f m from the center", meters, lat, lon, d)
				}
			}
		}
	}
}

func TestLocatedText(t *testing.T) {
	m := must(t)
	hash, cell, gr := m(Geohash(5, PlaceOptions{})), m(S2(12, PlaceOptions{})), m(Grid(2000, PlaceOptions{}))
	turned := m(Geohash(5, PlaceOptions{Order: OrderLonLat}))
	beijing := m(S2(13, PlaceOptions{CRS: GCJ02}))
	for _, c := range []struct {
		tr   Transform
		v    string
		k    Kind
		want done
	}{
		{hash, "39.9042,116.4074", KindString, text("wx4g0")},
		{hash, "39.9042, 116.4074", KindString, text("wx4g0")},
		{hash, " +39.9042 116.4074 ", KindString, text("wx4g0")},
		{hash, "116.4074,39.9042", KindString, text("wx4g0")}, // there is no latitude 116
		{turned, "39.9042,116.4074", KindString, unfit},       // and it was said that longitude comes first
		{turned, "116.4074,39.9042", KindString, text("wx4g0")},
		{hash, "39.9042,116.4074;31.2304,121.4737", KindString, text("wx4g0;wtw3s")},
		{hash, "39.9042,116.4074;", KindString, unfit},
		{hash, "39.9042,116.4074,55", KindString, unfit},
		{hash, "39.9042;116.4074", KindString, unfit},
		{hash, "39.9042", KindString, unfit},
		{hash, "39.9042", KindNumber, unfit},
		{hash, "39.9042,", KindString, unfit},
		{hash, ",", KindString, unfit},
		{hash, "", KindString, unfit},
		{hash, "wx4g0bm6c408", KindString, unfit},
		{hash, "39.9042N,116.4074E", KindString, unfit},
		{hash, "unknown", KindString, unfit},
		{hash, "399042000,1164074000", KindString, unfit},
		{hash, "39.9042,181", KindString, unfit},
		{hash, "1e400,0", KindString, unfit},
		{hash, "true", KindBool, unfit},
		{cell, "39.9042,116.4074", KindString, text("35f052b")},
		{gr, "39.9042,116.4074", KindString, text("39.896,116.397")},
		{gr, "116.4074,39.9042", KindString, text("116.397,39.896")},
		{beijing, "39.91334545536069,116.38404722455657", KindString, text(golang.CellIDFromLatLng(golang.LatLngFromDegrees(39.911954, 116.377817)).Parent(13).ToToken())},
	} {
		if got := run(t, c.tr, c.v, c.k); got != c.want {
			t.Errorf("%v of %q: %v, want %v", c.tr, c.v, got, c.want)
		}
	}
	for _, bad := range []func() (Transform, error){
		func() (Transform, error) { return Geohash(0, PlaceOptions{}) },
		func() (Transform, error) { return Geohash(9, PlaceOptions{}) },
		func() (Transform, error) { return S2(0, PlaceOptions{}) },
		func() (Transform, error) { return S2(21, PlaceOptions{}) },
		func() (Transform, error) { return Grid(9, PlaceOptions{}) },
		func() (Transform, error) { return Grid(1000, PlaceOptions{Order: 3}) },
		func() (Transform, error) { return Grid(1000, PlaceOptions{CRS: 9}) },
	} {
		if tr, err := bad(); err == nil {
			t.Errorf("%v is made", tr)
		}
	}
}

func located5(t testing.TB, unknown Unknown) *Program {
	return compile(t, Spec{
		Fields:     []Field{{Name: "spot", Level: 4, Keys: []string{"*lat", "*latitude", "*lon", "*lng", "*longitude", "*weidu", "*jingdu", "at", "coordinates"}}},
		Profiles:   []Profile{{Name: "p", Unknown: unknown, Transforms: []Transform{must(t)(Geohash(5, PlaceOptions{}))}}},
		Containers: []string{"trip", "x", "y", "geo"},
	})
}

// TestBeside: where the other coordinate is found, and that without it there
// is none.
func TestBeside(t *testing.T) {
	many := strings.Repeat(`,"lat":1`, 100)
	for _, unknown := range []Unknown{UnknownDrop, UnknownKeep} {
		m := located5(t, unknown).NewMachine()
		for _, c := range []struct{ in, want string }{
			{`{"lat":39.9042,"lon":116.4074}`, `{"lat":39.924,"lon":116.389}`},
			{`{"lon":116.4074,"lat":39.9042}`, `{"lon":116.389,"lat":39.924}`},
			{`{"lat":"39.9042","lng":" 116.4074 "}`, `{"lat":"39.924","lng":"116.389"}`},
			{`{"lat":"\u0033\u0039.9042","\u006cng":"11\u0036.4074"}`, `{"lat":"39.924","\u006cng":"116.389"}`},
			{`{"startLat":39.9042,"end_lat":31.2304,"startLng":116.4074,"end_lng":121.4737}`, `{"startLat":39.924,"end_lat":31.223,"startLng":116.389,"end_lng":121.487}`},
			{`{"latitude":39.9042,"x":{"lon":1},"longitude":116.4074}`, `{"latitude":39.924,"x":{"lon":null},"longitude":116.389}`},
			{`{"gps_weidu":39.9042,"gps_jingdu":116.4074}`, `{"gps_weidu":39.924,"gps_jingdu":116.389}`},
			{`{"x":{"lat":39.9042},"y":{"lon":116.4074}}`, `{"x":{"lat":null},"y":{"lon":null}}`},
			{`{"lat":39.9042}`, `{"lat":null}`},
			{`{"lat":39.9042,"lon":null}`, `{"lat":null,"lon":null}`},
			{`{"lat":39.9042,"lon":"here"}`, `{"lat":null,"lon":null}`},
			{`{"lat":39.9042,"lon":{"at":1}}`, `{"lat":null,"lon":{"at":null}}`},
			{`{"lat":39.9042,"lat":1,"lon":116.4074}`, `{"lat":39.924,"lat":0.989,"lon":null}`},
			{`{"lat":39.9042,"lon":116.4074,"lon":2}`, `{"lat":null,"lon":116.389,"lon":2}`},
			{`{"lat":39.9042,"startLon":116.4074}`, `{"lat":null,"startLon":null}`},
			{`{"lat":399042000,"lon":1164074000}`, `{"lat":null,"lon":null}`},
			{`{"lat":91,"lon":10}`, `{"lat":null,"lon":null}`},
			{`{"at":39.9042,"lon":116.4074}`, `{"at":null,"lon":null}`},
			{`{"at":[116.4074,39.9042]}`, `{"at":[116.389,39.924]}`},
			{`{"at":[ 39.9042 , 116.4074 ]}`, `{"at":[ 39.924 , 116.389 ]}`}, // there is no latitude 116
			{`{"at":["10.5","20.25"]}`, `{"at":["10.481","20.237"]}`},
			{`{"at":[116.4074,39.9042,55]}`, `{"at":[116.389,39.924,null]}`},
			{`{"at":[116.4074]}`, `{"at":[null]}`},
			{`{"at":[116.4074,null]}`, `{"at":[null,null]}`},
			{`{"at":[[116.4074,39.9042],[121.4737,31.2304]]}`, `{"at":[[116.389,39.924],[121.487,31.223]]}`},
			{`{"at":["39.9042,116.4074","x"]}`, `{"at":["wx4g0",null]}`},
			{`{"lat":[39.9042,31.2304],"lon":[116.4074,121.4737]}`, `{"lat":[null,null],"lon":[null,null]}`},
			{`{"geo":{"coordinates":[116.4074,39.9042]}}`, `{"geo":{"coordinates":[116.389,39.924]}}`},
			{`{"lon":116.4074` + many + `}`, `{"lon":null` + strings.ReplaceAll(many, "1", "null") + `}`},
		} {
			if v := m.Scan([]byte(c.in)); v.Outcome != Passed {
				t.Fatal(c.in, v)
			}
			got, _ := m.Render(nil, 0)
			if c.in[len(c.in)-2] == '1' && len(c.in) > 500 { // of many latitudes the nearest ones find the longitude
				if strings.Contains(string(got), "116") {
					t.Errorf("of many: %s", got)
				}
				continue
			}
			if string(got) != c.want {
				t.Errorf("in   %s\ngot  %s\nwant %s", c.in, got, c.want)
			}
		}
	}
}

func TestLocatedNoAllocs(t *testing.T) {
	race.Skip(t)
	m := located5(t, UnknownDrop).NewMachine()
	rec := []byte(`{"trip":{"startLat":39.9042,"\u0073tartLng":"116.4074","at":[116.4074,39.9042],"coordinates":"39.9042,116.4074"}}`)
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(20, func() {
		m.Scan(rec)
		m.Render(dst, 0)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
