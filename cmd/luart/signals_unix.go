//go:build unix

package main

import "syscall"

// signalUser1 reloads, as SIGHUP does.
const signalUser1 = syscall.SIGUSR1
