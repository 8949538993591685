package eventqueue

import (
	"math"
	"time"
)

// The in-game clock. A day lasts 20 real minutes, an hour 50 real seconds
// (CraftOS: 24000 game ticks of 50 ms make a day). Its tick is 50 ms whatever
// the resolution of timers is.
const (
	GameTick = 50 * time.Millisecond
	GameHour = 1000 * GameTick
	GameDay  = 24 * GameHour
)

const (
	ticksPerGameHour = int64(GameHour / GameTick)
	ticksPerGameDay  = int64(GameDay / GameTick)
)

// GameTime is a moment of the in-game clock: game ticks since midnight of
// day 0. It is never negative.
type GameTime int64

// GameTimeAt returns the moment of the given hour, in [0, 24), of the given
// day, from 0. Hours are counted to the game tick, 1/1000 hour, rounding up.
func GameTimeAt(day int64, hour float64) GameTime {
	return GameTime(day*ticksPerGameDay + hourTicks(hour))
}

// Day is the number of midnights since day 0: os.day("ingame").
func (t GameTime) Day() int64 { return int64(t) / ticksPerGameDay }

// Hour is the time of day in hours, in [0, 24) and a multiple of 1/1000:
// os.time("ingame").
func (t GameTime) Hour() float64 {
	return float64(int64(t)%ticksPerGameDay) / float64(ticksPerGameHour)
}

// Milliseconds is the number of in-game milliseconds since midnight of day 0,
// a game tick being 3600 of them: os.epoch("ingame").
func (t GameTime) Milliseconds() int64 { return int64(t) * (3_600_000 / ticksPerGameHour) }

// Next is the first moment after t, never t itself, at which the clock shows
// the given hour, in [0, 24), or has just passed it.
func (t GameTime) Next(hour float64) GameTime {
	midnight := int64(t) - int64(t)%ticksPerGameDay
	next := midnight + hourTicks(hour)
	if next <= int64(t) {
		next += ticksPerGameDay
	}
	return GameTime(next)
}

// hourTicks is the number of the first game tick of a day that is not before
// the given hour. The slack is for hours such as 8.2, whose product with 1000
// may come out a hair above the whole number meant.
func hourTicks(hour float64) int64 {
	return int64(math.Ceil(hour*float64(ticksPerGameHour) - 1e-6))
}
