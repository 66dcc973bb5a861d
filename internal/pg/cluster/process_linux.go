package cluster

import (
	"fmt"
	"os"
	"syscall"
)

// attributes put a child into its own process group, so that Ctrl-C reaches the
// server only, and let the kernel interrupt it when this process dies.
func (a account) attributes(detach bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Credential: a.credential(), Setpgid: true}
	if !detach {
		attr.Pdeathsig = syscall.SIGINT
	}
	return attr
}

// runsOn says whether the process lives and works in the cluster's folder, as
// every PostgreSQL process does. A process that may not be looked at counts.
func runsOn(pid int, cluster string) bool {
	if !alive(pid) {
		return false
	}
	at, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return alive(pid) && !os.IsNotExist(err)
	}
	here, err := os.Stat(cluster)
	if err != nil {
		return at == cluster
	}
	there, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && os.SameFile(here, there)
}
