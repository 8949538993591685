package main

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notifier tells the service manager that has started luart serve how that is getting on (sd_notify(3)). Where there is none, nothing
// is told. Any goroutine may use it.
type notifier struct {
	log   *slog.Logger
	state atomic.Int32
}

// The states: each comes after the one above, and none comes again.
const (
	isStarting = iota
	isServing
	isStopping
)

func (n *notifier) tell(lines ...string) {
	if _, err := daemon.SdNotify(false, strings.Join(lines, "\n")); err != nil {
		n.log.Warn("the service manager can't be told: "+err.Error(), "state", lines[0])
	}
}

// ready tells that all servers listen.
func (n *notifier) ready(addresses map[string]string) {
	if n.state.CompareAndSwap(isStarting, isServing) {
		n.tell(daemon.SdNotifyReady, "STATUS=Serving "+strings.Join(slices.Sorted(maps.Values(addresses)), " "))
	}
}

// reloading tells that settings and plugins are about to be read anew, and reloaded that this is done.
func (n *notifier) reloading() {
	if n.state.Load() == isServing {
		n.tell(daemon.SdNotifyReloading, strings.TrimSpace(daemon.SdNotifyMonotonicUsec()))
	}
}

func (n *notifier) reloaded() {
	if n.state.Load() == isServing {
		n.tell(daemon.SdNotifyReady)
	}
}

// stops tells that the end has begun.
func (n *notifier) stops() {
	if n.state.Swap(isStopping) != isStopping {
		n.tell(daemon.SdNotifyStopping, "STATUS=Waiting for what is under way")
	}
}
