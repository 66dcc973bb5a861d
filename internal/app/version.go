package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version of the program and of the Go that made it.
func (*versionCommand) Run(p *process) error {
	_, err := fmt.Fprintln(p.stdout, "dramac", version(), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return err
}

// version is the module's version or, built from a checkout, its commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "devel"
}
