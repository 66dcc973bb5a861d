//go:build unix

package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrInUse means that another process holds the data folder.
var ErrInUse = errors.New("the data folder is in use")

// Lock is the exclusive right to a data folder. The kernel gives it back when
// the process ends, however it ends.
type Lock struct{ file *os.File }

// TakeLock makes the data folder if needed and locks its file "lock"; if another
// process holds it, the error is ErrInUse and names the process.
func TakeLock(data string) (*Lock, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(data, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the data folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(file, 20))
		_ = file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		return nil, fmt.Errorf("%w: another dramac (process %s) works on %s; stop it first, or choose another folder with DRAMAC_DATA",
			ErrInUse, strings.TrimSpace(string(holder)), data)
	}
	if err := file.Truncate(0); err == nil {
		_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &Lock{file: file}, nil
}

// Release gives the folder back. Releasing a nil Lock or one twice does nothing.
func (l *Lock) Release() {
	if l != nil {
		_ = l.file.Close()
	}
}
