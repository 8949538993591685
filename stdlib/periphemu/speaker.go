package periphemu

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/peripheral"
)

// Limits of a speaker (CraftOS).
const (
	maxNotes     = 8 // in one tick
	maxSamples   = 128 * 1024
	sampleRate   = 48_000 // samples in a second
	audioAhead   = 500 * time.Millisecond
	maxSoundName = 512
)

// instruments are those of playNote.
var instruments = []string{
	"harp", "basedrum", "snare", "hat", "bass", "flute", "bell", "guitar", "chime", "xylophone", "iron_xylophone", "cow_bell",
	"didgeridoo", "bit", "banjo", "pling",
}

var (
	errNoAudio   = errors.New("Cannot play empty audio") //lint:ignore ST1005 CraftOS's text
	errMuchAudio = errors.New("Audio data is too large") //lint:ignore ST1005 CraftOS's text
)

// speaker is a speaker that nobody hears. Sound takes the time that it would take: a piece of audio is taken while there is at most one
// that has not begun, and the event speaker_audio_empty comes when the next one can be given, half a second before the end of what plays.
type speaker struct {
	clock eventqueue.Clock

	mu      sync.Mutex
	access  *peripheral.Access // nil while it isn't at a computer that runs
	notes   int                // in the tick
	sound   bool               // one was played in the tick
	tick    int64
	playing time.Time // when what plays ends
	pending time.Duration
	timer   eventqueue.Timer
}

var _ peripheral.Attachable = (*speaker)(nil)

func newSpeaker(e *Emulator, _ string, _ lua.Call) (peripheral.Peripheral, error) {
	return &speaker{clock: e.options.Clock}, nil
}

// Types is that of peripheral.Peripheral.
func (s *speaker) Types() []string { return []string{"speaker"} }

// Methods is that of peripheral.Peripheral.
func (s *speaker) Methods() []string { return []string{"playNote", "playSound", "playAudio", "stop"} }

// Attach is that of peripheral.Attachable.
func (s *speaker) Attach(a *peripheral.Access) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access = a
	return nil
}

// Detach is that of peripheral.Attachable.
func (s *speaker) Detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silence()
	s.access = nil
}

// silence ends what plays. s.mu is held.
func (s *speaker) silence() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.pending, s.playing = 0, time.Time{}
}

// Call is that of peripheral.Peripheral.
func (s *speaker) Call(c lua.Call, method string) (lua.Results, error) {
	switch method {
	case "playNote":
		return s.playNote(c)
	case "playSound":
		return s.playSound(c)
	case "playAudio":
		return s.playAudio(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silence()
	return c.Return0()
}

// newTick forgets what was played in ticks before this one. s.mu is held.
func (s *speaker) newTick() {
	if s.access == nil {
		return
	}
	if tick := int64(s.access.Queue().Elapsed() / eventqueue.GameTick); tick != s.tick {
		s.tick, s.notes, s.sound = tick, 0, false
	}
}

// checkRange checks the optional number that argument i is.
func checkRange(c lua.Call, i int, def float64) error {
	_, err := stdlib.OptFinite(c, i, def)
	return err
}

// playNote is speaker.playNote(instrument[, volume[, pitch]]): false if there were too many in this tick.
func (s *speaker) playNote(c lua.Call) (lua.Results, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(checkRange(c, 2, 1), checkRange(c, 3, 1)); err != nil {
		return 0, err
	}
	if !slices.Contains(instruments, strings.ToLower(name)) {
		//lint:ignore ST1005 CraftOS's text
		return 0, fmt.Errorf("Invalid instrument, %q!", name[:min(len(name), maxSoundName)])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newTick()
	if s.notes >= maxNotes {
		return c.Return1(lua.False)
	}
	s.notes++
	return c.Return1(lua.True)
}

// playSound is speaker.playSound(name[, volume[, pitch]]): false if another sound was played in this tick, or audio plays.
func (s *speaker) playSound(c lua.Call) (lua.Results, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(checkRange(c, 2, 1), checkRange(c, 3, 1)); err != nil {
		return 0, err
	}
	if strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("_-./:", r)
	}) || len(name) > maxSoundName || strings.Count(name, ":") > 1 {
		//lint:ignore ST1005 CraftOS's text
		return 0, fmt.Errorf("Malformed sound name '%s' ", name[:min(len(name), maxSoundName)])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newTick()
	if s.sound || s.clock.Now().Before(s.playing) || s.pending > 0 {
		return c.Return1(lua.False)
	}
	s.sound = true
	return c.Return1(lua.True)
}

// playAudio is speaker.playAudio(samples[, volume]): samples from -128 to 127, 48,000 a second. It is false while the piece before
// has not begun.
func (s *speaker) playAudio(c lua.Call) (lua.Results, error) {
	samples, err := stdlib.CheckTable(c, 1)
	if err != nil {
		return 0, err
	}
	if err := checkRange(c, 2, 1); err != nil {
		return 0, err
	}
	n := samples.Len()
	switch {
	case n <= 0:
		return 0, errNoAudio
	case n > maxSamples:
		return 0, errMuchAudio
	}
	for i := 1; i <= n; i++ {
		if f, ok := samples.GetInt(i).AsNumber(); !ok || f < -128 || f > 127 || f != f {
			return 0, fmt.Errorf("table item #%d must be between -128 and 127", i)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access == nil || s.pending > 0 {
		return c.Return1(lua.False)
	}
	s.pending = time.Duration(n) * time.Second / sampleRate
	wait := eventqueue.GameTick
	if left := s.playing.Sub(s.clock.Now()); left > audioAhead+wait {
		wait = left - audioAhead
	}
	s.timer = s.clock.AfterFunc(wait, s.begin)
	return c.Return1(lua.True)
}

// begin lets the piece that waits play behind what plays, and asks for the next one.
func (s *speaker) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending == 0 || s.access == nil {
		return // it was stopped just now
	}
	if now := s.clock.Now(); s.playing.Before(now) {
		s.playing = now
	}
	s.playing = s.playing.Add(s.pending)
	s.pending, s.timer = 0, nil
	s.access.Queue().PostScript(named("speaker_audio_empty", s.access.Name())) // lost if the program takes none
}
