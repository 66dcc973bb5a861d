//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// partVariable makes this program one of the measurement's other processes.
const partVariable = "DRAMAC_BENCH_PART"

// The other processes. Each does its work until its standard input is closed.
const (
	partBare   = "bare"
	partClient = "client"
)

func TestMain(m *testing.M) {
	part := map[string]func() error{partBare: runBare, partClient: runClient}[os.Getenv(partVariable)]
	if part == nil {
		os.Exit(m.Run())
	}
	// An interrupt from the terminal reaches every process of the run; this one
	// ends when its parent does.
	signal.Ignore(syscall.SIGINT)
	if err := part(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
