package redact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"redactor/pseudonym"
)

// LaplaceOptions say how far points are moved, and by whom.
type LaplaceOptions struct {
	PlaceOptions
	Radius  int               // meters, 10 to 1,000,000: see Laplace
	Subject Subject           // who stays at one noisy place while at one true place
	Subkey  *pseudonym.Subkey // of the subject's domain
}

// Laplace moves a point by planar Laplace noise (Andrés, Bordenabe,
// Chatzikokolakis, Palamidessi: Geo-Indistinguishability, CCS 2013): what comes
// out is at most four times likelier from one place than from any other within
// the radius, which is ε = ln 4 / radius. The mean displacement is 2/ε, 2.9
// radii. The point is set to the center of its cell in a grid of the radius
// before, and what comes out is the center of a cell too, since the low bits of
// a sum would tell its parts.
//
// The noise is one for a subject, cell and key: a keyed hash decides it, not
// chance, so that a thousand records from home give one noisy home, which no
// average brings nearer. Each further cell of a subject is told about with its
// own ε. A record that does not say whose it is cannot be taken.
func Laplace(o LaplaceOptions) (Transform, error) {
	if o.Subkey == nil {
		return Transform{}, errors.New("laplace: there is no key")
	}
	tr, err := Grid(o.Radius, o.PlaceOptions)
	if err != nil {
		return Transform{}, fmt.Errorf("laplace: %w", err)
	}
	l := tr.fn.(*located)
	l.noise = &laplace{
		subject: o.Subject, key: o.Subkey, typ: o.Subject.Class.String() + "/laplace", cells: l.cells,
		epsilon: math.Log(4) / float64(o.Radius),
	}
	tr.rank, tr.name = RankPseudonym, fmt.Sprintf("laplace %d m", o.Radius)+o.suffix()
	return tr, nil
}

type laplace struct {
	subject Subject
	key     *pseudonym.Subkey
	typ     string
	cells   cells
	epsilon float64 // of a meter

	cache *Cache // nil for none
	tag   string
}

// move returns the noisy place of the subject at a point.
func (l *laplace) move(w *worker, p point) (point, bool) {
	if w.subject == nil {
		return p, false
	}
	p = l.cells.center(p)
	if w.hasher == nil {
		w.hasher = pseudonym.NewHasher()
	}
	// The parts have a length or a fixed end: no two of them make one text.
	text := append(w.canon[:0], w.subject...)
	text = binary.BigEndian.AppendUint64(text, math.Float64bits(p.lat))
	text = binary.BigEndian.AppendUint64(text, math.Float64bits(p.lon))
	w.canon = text
	if p, ok := l.remembered(w); ok {
		return p, true
	}
	sum := w.hasher.Sum(l.key, l.typ, text)
	const unit = 1.0 / (1 << 53)
	angle := 2 * math.Pi * unit * float64(binary.BigEndian.Uint64(sum[:8])>>11)
	r := laplaceRadius(unit*float64(binary.BigEndian.Uint64(sum[8:])>>11)) / l.epsilon
	return l.remember(w, displace(p, r*math.Cos(angle), r*math.Sin(angle))), true
}

// laplaceRadius is the quantile function of the distance, in units of 1/ε: the
// x of which (1+x)·e^-x is 1-p. The paper writes it by the branch -1 of
// Lambert's W; here it is found by halving, since the left side falls steadily.
func laplaceRadius(p float64) float64 {
	low, high := 0.0, 64.0 // beyond what 53 bits can ask for
	for range 64 {
		x := (low + high) / 2
		if (1+x)*math.Exp(-x) > 1-p {
			low = x
		} else {
			high = x
		}
	}
	return low
}

// displace moves a point by meters. What would cross a pole stops there; what
// crosses the date line comes back on the other side.
func displace(p point, north, east float64) point {
	lat := max(-90, min(90, p.lat+north/degreeMeters))
	wide := max(math.Cos(p.lat*math.Pi/180), 1e-6) * degreeMeters
	lon := math.Mod(p.lon+east/wide+180, 360)
	if lon < 0 {
		lon += 360
	}
	return point{lat, lon - 180}
}
