package main

import "syscall"

// signalUser1 stands for a signal that Windows does not have; SIGHUP comes when the console is closed.
const signalUser1 = syscall.SIGHUP
