package redact

import (
	"fmt"
	"math"
)

const (
	// degreeMeters is a degree of a great circle of the mean sphere (IUGG R1).
	degreeMeters = 6371008.8 * math.Pi / 180

	minGrid = 10
	maxGrid = 1000000
)

// Grid puts in the place of a point the center of its cell in a grid of so many
// meters (10 to 1,000,000). The globe is cut into rows of one height, and each
// row into cells of one width, both as near above the size as divides evenly: no
// cell is smaller, except for rows that reach a pole, which are one cell.
//
// A text of "lat,lon" stays one, in its order; coordinates that are two numbers
// stay two. A lone coordinate cannot be taken.
func Grid(meters int, o PlaceOptions) (Transform, error) {
	if err := between("grid", meters, minGrid, maxGrid); err != nil {
		return Transform{}, err
	}
	if err := o.check("grid"); err != nil {
		return Transform{}, err
	}
	rows := max(1, math.Floor(180*degreeMeters/float64(meters)))
	return newLocated(grid{float64(meters), rows}, decimalsFor(float64(meters)/degreeMeters), fmt.Sprintf("grid %d m", meters), o), nil
}

type grid struct{ meters, rows float64 }

// center rounds every product: processors that multiply and add at once would
// have other last bits, and Laplace's noise is keyed by all of them.
func (g grid) center(p point) point {
	height := 180 / g.rows
	row := min(math.Floor((p.lat+90)/height), g.rows-1)
	// The edge nearer to the pole is the shorter one.
	edge := max(math.Abs(float64(row*height)-90), math.Abs(float64((row+1)*height)-90))
	columns := max(1, math.Floor(360*degreeMeters*math.Cos(edge*math.Pi/180)/g.meters))
	width := 360 / columns
	column := min(math.Floor((p.lon+180)/width), columns-1)
	return point{float64((row+0.5)*height) - 90, float64((column+0.5)*width) - 180}
}

func (g grid) appendCode(dst []byte, _ point) []byte { return dst }
