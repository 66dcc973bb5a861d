//go:build linux

package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc: USER_HZ, a hundredth of a second on
// every Linux.
const tick = 10 * time.Millisecond

// stat is what /proc/<pid>/stat says of a process.
type stat struct {
	parent  int
	cpu     time.Duration // of the process
	endings time.Duration // of its children that have ended
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	// The second field is the program's name in parentheses and may hold blanks.
	rest := string(text[strings.LastIndexByte(string(text), ')')+1:])
	fields := strings.Fields(rest)
	var n [6]int64
	for i, at := range []int{1, 11, 12, 13, 14} {
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return stat{}, err
		}
	}
	return stat{
		parent: int(n[0]), cpu: time.Duration(n[1]+n[2]) * tick, endings: time.Duration(n[3]+n[4]) * tick,
	}, nil
}

// cpuOf is the CPU time that a process has used.
func cpuOf(pid int) (time.Duration, error) {
	s, err := readStat(pid)
	return s.cpu, err
}

// cpuOfCluster is the CPU time that a PostgreSQL server has used with all its
// processes, those that have ended included.
func cpuOfCluster(postmaster int) (time.Duration, error) {
	s, err := readStat(postmaster)
	if err != nil {
		return 0, err
	}
	total := s.cpu + s.endings
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// A process that has ended in the meantime is its parent's from now on.
		if child, err := readStat(pid); err == nil && child.parent == postmaster {
			total += child.cpu
		}
	}
	return total, nil
}
