//go:build linux

package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a program that the measurement has started, and that ends with it.
type process struct {
	pid int
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a program; its standard error goes to a file in the folder, as
// a server's log does in production, and is shown when the benchmark fails.
func start(b *testing.B, folder, name string, cmd *exec.Cmd) process {
	b.Helper()
	path := filepath.Join(folder, name+".log")
	log, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr = log
	// Also when this process is killed nothing of it stays behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatalf("start %s: %v", name, err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		late.Stop()
		_ = log.Close()
		if b.Failed() {
			text, _ := os.ReadFile(path)
			b.Logf("%s said:\n%s", name, text[max(0, len(text)-2000):])
		}
	})
	return process{pid: cmd.Process.Pid, in: in, out: bufio.NewReaderSize(out, 1<<20)}
}

// startPart starts this program as another part of the measurement.
func startPart(b *testing.B, folder, part string, env ...string) process {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), partVariable+"="+part), env...)
	return start(b, folder, part, cmd)
}

// startServer builds the server and starts it on an empty data folder.
func startServer(b *testing.B, folder, data string) (p process, url string) {
	b.Helper()
	program := filepath.Join(folder, "dramac")
	build := exec.Command("go", "build", "-o", program, "github.com/dramac-main/dramac-cms/cmd/dramac")
	if said, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the server: %v\n%s", err, said)
	}
	cmd := exec.Command(program, "serve", "--data", data, "--addr", "127.0.0.1:0")
	for _, v := range os.Environ() {
		// What the developer has set for servers of their own is not for this one.
		if name, _, _ := strings.Cut(v, "="); name == "DRAMAC_PG_BIN" || !strings.HasPrefix(name, "DRAMAC_") && name != "DATABASE_URL" {
			cmd.Env = append(cmd.Env, v)
		}
	}
	p = start(b, folder, "server", cmd)
	_, port, ok := strings.Cut(p.line(b), "http://localhost:")
	if !ok {
		b.Fatal("the server did not say where it answers")
	}
	return p, "http://127.0.0.1:" + port
}

// line reads what the process says next.
func (p process) line(b *testing.B) string {
	b.Helper()
	text, err := p.out.ReadString('\n')
	if err != nil {
		b.Fatalf("process %d said no more: %v", p.pid, err)
	}
	return strings.TrimSpace(text)
}

// dataFolder makes a folder that the database's user can reach, which a
// benchmark's own temporary folder is not.
func dataFolder(b *testing.B) string {
	b.Helper()
	folder, err := os.MkdirTemp("", "dramac-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			b.Error(err)
		}
	})
	return folder
}

// residentMB is how much memory a process holds, in MB of 1,000,000 bytes.
func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kib); err == nil {
			return kib * 1024 / 1e6
		}
	}
	b.Fatalf("process %d has no VmRSS", pid)
	return 0
}
