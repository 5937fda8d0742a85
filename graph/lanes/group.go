package lanes

import (
	"math"

	"github.com/lichtspur/lichtspur/graph/trace"
)

const (
	many  = 12 // hops of a level: with more of them, those that are alike are grouped
	alike = 4  // hops make a group

	pill = 29 // half of what a group takes of a lane
	dot  = 15 // half of what a hop takes
)

// kind is what hops of a group have in common.
type kind struct {
	level
	class    trace.Class
	standing trace.Standing
	exercise bool
	from, to trace.Place
}

func kindOf(h *trace.Hop) kind {
	return kind{levelOf(h), h.Class, h.Standing, h.Exercise, h.From, h.To}
}

// gather makes the groups, and puts each into its lane beside what stands there already, so that none hides another,
// however many there are, and none moves when one is opened.
func (l *Layout) gather(hops []trace.Hop) {
	levels, kinds := map[level]int{}, map[kind]int{}
	for i := range hops {
		levels[levelOf(&hops[i])]++
		kinds[kindOf(&hops[i])]++
	}
	taken, made := map[int][]room{}, map[kind]int{}
	for i := 0; i < len(hops); {
		// A level at a time: what comes later must not move what is there.
		first, of := i, levelOf(&hops[i])
		for ; i < len(hops) && levelOf(&hops[i]) == of; i++ {
			k, m := kindOf(&hops[i]), &l.Marks[i]
			if levels[of] <= many || kinds[k] < alike {
				taken[m.lane()] = append(taken[m.lane()], room{m.Came, dot})
				continue
			}
			n, ok := made[k]
			if !ok {
				n = len(l.Groups)
				made[k] = n
				l.Groups = append(l.Groups, Group{Begin: m.Came, End: m.Came})
			}
			g := &l.Groups[n]
			g.Hops, g.Begin, g.End = append(g.Hops, i), min(g.Begin, m.Came), max(g.End, m.Came)
		}
		for n := range l.Groups {
			if g := &l.Groups[n]; g.Hops[0] >= first {
				lane := l.Marks[g.Hops[0]].lane()
				g.X = free(taken[lane], (g.Begin+g.End)/2)
				taken[lane] = append(taken[lane], room{g.X, pill})
			}
		}
	}
}

// lane is where a hop's mark stands.
func (m *Mark) lane() int {
	if m.To != 0 {
		return m.To
	}
	return m.From
}

// room is what something takes of a lane: its middle, and half of its width.
type room struct{ x, half float64 }

// free returns where a group has room, as near to a place as can be. In a full lane it is beside the other groups only, and
// where there is not even room for that, at that place.
func free(taken []room, x float64) float64 {
	for _, least := range [...]float64{dot, pill} {
		for off := 0.; off < End-Begin; off += 4 {
			for _, to := range [...]float64{x + off, x - off} {
				if to >= Begin && to <= End-pill/2 && fits(taken, to, least) {
					return math.Round(10*to) / 10
				}
			}
		}
	}
	return math.Round(10*x) / 10
}

// fits reports whether a group can stand at a place beside what takes at least so much.
func fits(taken []room, x, least float64) bool {
	for _, r := range taken {
		if r.half >= least && math.Abs(r.x-x) < r.half+pill {
			return false
		}
	}
	return true
}
