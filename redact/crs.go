package redact

import "math"

// CRS is the coordinate system of a point. Maps of China have to be displaced:
// GCJ-02 is 100 to 700 m off WGS-84, by a formula that was never published and
// that everybody knows, and BD-09 displaces it again.
type CRS uint8

const (
	CRSNone CRS = iota // nobody said: the point is taken as it is
	WGS84              // of GPS and the rest of the world
	GCJ02              // of AMap, Tencent and Google in China
	BD09               // of Baidu
)

// String returns the system as the policy spells it.
func (c CRS) String() string { return [...]string{"", "wgs84", "gcj02", "bd09"}[c] }

// ParseCRS reads a system as the policy spells it; "" is CRSNone.
func ParseCRS(s string) (CRS, bool) {
	for c := CRSNone; c <= BD09; c++ {
		if c.String() == s {
			return c, true
		}
	}
	return CRSNone, false
}

// toWGS84 converts a point. Outside of China the systems are one. GCJ-02 has no
// closed inverse: the displacement changes slowly, so that to guess and correct
// a few times gives the point to a millimeter.
func (c CRS) toWGS84(p point) point {
	switch c {
	case GCJ02:
		return gcjToWGS(p)
	case BD09:
		return gcjToWGS(bdToGCJ(p))
	}
	return p
}

const (
	// The Krasovsky 1940 ellipsoid, which the formula was made with: half its
	// larger axis in meters and the square of its eccentricity.
	krasovskyA  = 6378245.0
	krasovskyEE = 0.00669342162296594323

	gcjRounds = 6      // each makes the error some hundred times smaller
	gcjEnough = 1e-9   // degrees: a tenth of a millimeter
	bdTurn    = 3000.0 // in its formula's unit, π/180
)

// displaced reports whether maps of a place are displaced: a box around China,
// as everybody who uses the formula has it.
func displaced(p point) bool {
	return p.lon >= 72.004 && p.lon <= 137.8347 && p.lat >= 0.8293 && p.lat <= 55.8271
}

// wgsToGCJ displaces a point as GCJ-02 does.
func wgsToGCJ(p point) point {
	if !displaced(p) {
		return p
	}
	d := displacement(p)
	return point{p.lat + d.lat, p.lon + d.lon}
}

func displacement(p point) point {
	x, y := p.lon-105, p.lat-35
	root := math.Sqrt(math.Abs(x))
	waves := 20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)
	lat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + (waves+
		20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi)+
		160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	lon := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + (waves+
		20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi)+
		150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
	rad := p.lat / 180 * math.Pi
	magic := 1 - krasovskyEE*math.Sin(rad)*math.Sin(rad)
	return point{
		lat * 180 / (krasovskyA * (1 - krasovskyEE) / (magic * math.Sqrt(magic)) * math.Pi),
		lon * 180 / (krasovskyA / math.Sqrt(magic) * math.Cos(rad) * math.Pi),
	}
}

func gcjToWGS(p point) point {
	if !displaced(p) {
		return p
	}
	w := p
	for range gcjRounds {
		d := displacement(w)
		next := point{p.lat - d.lat, p.lon - d.lon}
		moved := math.Abs(next.lat-w.lat) + math.Abs(next.lon-w.lon)
		if w = next; moved < gcjEnough {
			break
		}
	}
	return w
}

// bdToGCJ undoes what BD-09 adds to GCJ-02: a shift and a wave. The published
// inverse is good to less than a meter.
func bdToGCJ(p point) point {
	if !displaced(p) {
		return p
	}
	x, y := p.lon-0.0065, p.lat-0.006
	z := math.Hypot(x, y) - 0.00002*math.Sin(y*math.Pi*bdTurn/180)
	theta := math.Atan2(y, x) - 0.000003*math.Cos(x*math.Pi*bdTurn/180)
	return point{z * math.Sin(theta), z * math.Cos(theta)}
}
