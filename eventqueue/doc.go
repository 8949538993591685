// Package eventqueue is the ordered, bounded queue of events, timers and alarms
// of one computer.
//
// What enters: events of the embedder's own type E, by a method for each kind of source.
//
//	source                                  method        when there is no room
//	the script itself (os.queueEvent)       PostScript    dropped, counted, false returned
//	network, terminal input, other I/O      Post          the source waits; nothing is lost
//	the same, when the source can't wait    TryPost       ErrFull; the source answers "busy"
//	the host (few events, bounded by it)    PostInternal  always taken
//	timers and alarms                       StartTimer,   ErrTimerLimit when started; once
//	                                        StartAlarm    started, always delivered
//	Ctrl-C, SIGTERM                         Terminate     always taken
//
// What leaves: the same events through [Queue.Next], in the order in which the
// queue took them, whatever their source. An event whose source had to wait
// takes its place when room appears; waiting sources are served in the order
// in which they came.
//
// Who may call it: one goroutine, the computer's, calls Next and TryNext.
// Everything else may be called from any goroutine at any time, with one
// exception: the computer's goroutine must not call Post, because it is the one
// that makes room.
//
// The package knows nothing of Lua. E is moved, never copied deeply, boxed or
// looked into, so an E that holds values already copied for the script
// (CraftOS copies the arguments of os.queueEvent) costs no allocation.
//
// # Time
//
// A computer's time is counted in ticks of [Options.Resolution], 50 ms unless
// set, from the moment the queue was made. A timer is due at a tick, not at a
// moment between two: two timers of the same tick fire together, lower id
// first, and a program that sleeps for 0 s ten times needs ten ticks. All
// timers share one underlying timer of the [Clock], set for the nearest tick
// at which one of them is due; with no timers nothing runs.
//
// The in-game clock, which os.time, os.day and os.setAlarm use, is [GameTime].
package eventqueue
