//go:build !chaos

package chaospoint

// Enabled reports whether a point can be armed in this build.
const Enabled = false

// At says that the process is at p.
func At(Point) {}
