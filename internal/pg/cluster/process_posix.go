//go:build unix && !linux

package cluster

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// attributes put a child into its own process group, so that Ctrl-C reaches the
// server only. Nothing stops the child when this process is killed; the next
// start does.
func (a account) attributes(bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential(), Setpgid: true}
}

// runsOn says whether the process lives and was started for the cluster's folder.
func runsOn(pid int, cluster string) bool {
	if !alive(pid) {
		return false
	}
	command, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err != nil || strings.Contains(string(command), cluster)
}
