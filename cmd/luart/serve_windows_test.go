package main

import "os"

// There is no signal to reload by; tests that send it are skipped.
var reloadSignal os.Signal = os.Interrupt
