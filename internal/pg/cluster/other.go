//go:build !unix

package cluster

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
)

// ErrInUse means that another process holds the data folder.
var ErrInUse = errors.New("the data folder is in use")

// errUnsupported is the answer where there is no peer authentication.
var errUnsupported = errors.New("the embedded PostgreSQL runs on Linux and macOS only; set DATABASE_URL to an existing server")

// Lock is the exclusive right to a data folder.
type Lock struct{}

// TakeLock makes the data folder. Without an embedded cluster nothing on this
// system needs the folder for itself.
func TakeLock(data string) (*Lock, error) { return &Lock{}, os.MkdirAll(data, 0o700) }

// Release gives the folder back.
func (l *Lock) Release() {}

type account struct{ name, server string }

func databaseAccount(string) (account, error)         { return account{}, errUnsupported }
func (a account) admitTo(string) error                { return errUnsupported }
func (a account) closedFolder(string) (string, error) { return "", errUnsupported }
func (a account) mayEnter(fs.FileInfo) bool           { return false }
func (a account) ownFolder(string) error              { return errUnsupported }
func (a account) give(string) error                   { return errUnsupported }
func (p program) restrict(*exec.Cmd)                  {}

type process struct {
	pid    int
	exited chan struct{}
}

func spawn(*exec.Cmd, *slog.Logger, string) (*process, error) { return nil, errUnsupported }
func (p *process) said() string                               { return "" }
func (p *process) failure() error                             { return errUnsupported }
func (p *process) interrupt()                                 {}
func (p *process) quit()                                      {}
func (p *process) kill()                                      {}
func interruptPID(int) error                                  { return errUnsupported }
func runsOn(int, string) bool                                 { return false }
