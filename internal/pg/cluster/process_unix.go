//go:build unix

package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one postmaster that this process started.
type process struct {
	pid    int
	handle *os.Process
	exited chan struct{}
	err    error

	mu    sync.Mutex
	tail  []string
	heard chan struct{}
}

// tailLines is how much of what PostgreSQL reports is kept for error messages.
const tailLines = 20

// spawn starts the command. Linux interrupts the child when the *thread* that
// forked it ends, so that thread is locked and waits for the child. With a log
// file the child is left alone instead: it lives on after this process.
func spawn(cmd *exec.Cmd, log *slog.Logger, file string) (*process, error) {
	p := &process{exited: make(chan struct{}), heard: make(chan struct{})}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = write, write
	if file != "" {
		out, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
		if err != nil {
			return nil, errors.Join(err, read.Close(), write.Close())
		}
		_ = read.Close()
		read, cmd.Stdout, cmd.Stderr = nil, out, out
		_ = write.Close()
		write = out
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		_ = write.Close()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		if read != nil {
			_ = read.Close()
		}
		return nil, err
	}
	p.pid, p.handle = cmd.Process.Pid, cmd.Process
	if read == nil {
		p.tail = []string{"its log is " + file}
		close(p.heard)
		return p, nil
	}
	go p.listen(read, log)
	return p, nil
}

// listen passes on what PostgreSQL reports, until the last of its processes
// has closed the pipe.
func (p *process) listen(read io.ReadCloser, log *slog.Logger) {
	defer close(p.heard)
	defer func() { _ = read.Close() }()
	lines := bufio.NewScanner(read)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for lines.Scan() {
		line := lines.Text()
		p.mu.Lock()
		if p.tail = append(p.tail, line); len(p.tail) > tailLines {
			p.tail = p.tail[1:]
		}
		p.mu.Unlock()
		report(log, line)
	}
	_, _ = io.Copy(io.Discard, read)
}

// stale is what PostgreSQL reports when a statement finds that what a process
// remembers of rights is no longer so. It is how that is asked, and no fault.
const stale = "ERROR:  division by zero"

// report logs a line as a warning if PostgreSQL calls it one or worse.
func report(log *slog.Logger, line string) {
	if line == stale {
		log.Debug("PostgreSQL: " + line)
		return
	}
	for _, word := range []string{"WARNING:", "ERROR:", "FATAL:", "PANIC:"} {
		if strings.HasPrefix(line, word) {
			log.Warn("PostgreSQL: " + line)
			return
		}
	}
	log.Debug("PostgreSQL: " + line)
}

// said returns the last lines that PostgreSQL reported.
func (p *process) said() string {
	select {
	case <-p.exited:
		// The pipe may still hold the reason; a surviving backend may also keep
		// it open, so this does not wait for its end.
		select {
		case <-p.heard:
		case <-time.After(200 * time.Millisecond):
		}
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.tail, "\n")
}

// failure says how the process ended; call it after exited is closed.
func (p *process) failure() error {
	if p.err == nil {
		return errors.New("it ended by itself")
	}
	return p.err
}

// interrupt asks for a fast stop: roll back, write everything, end.
func (p *process) interrupt() { _ = p.handle.Signal(syscall.SIGINT) }

// quit asks for an immediate stop; the next start replays the log.
func (p *process) quit() { _ = p.handle.Signal(syscall.SIGQUIT) }

func (p *process) kill() { _ = p.handle.Kill() }

// interruptPID asks a postmaster that another process started to stop.
func interruptPID(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("interrupt: %w", err)
	}
	return nil
}

// alive says whether there is a process with the id.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// credential makes a child run as the database user.
func (a account) credential() *syscall.Credential {
	if !a.drop {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// restrict makes a command run as the database user.
func (p program) restrict(cmd *exec.Cmd) { cmd.SysProcAttr = p.account.attributes(p.detach) }
