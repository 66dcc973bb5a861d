package main

import (
	"fmt"
	"runtime/debug"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// formatVersion is the version of the manifest's format that this tool knows.
const formatVersion = 1

// schemaCommand is "dramac-cli schema".
type schemaCommand struct{}

// Run prints the JSON Schema.
func (schemaCommand) Run(to output) error {
	_, err := to.out.Write(append(manifest.Schema(), '\n'))
	return err
}

// versionCommand is "dramac-cli version".
type versionCommand struct{}

// Run prints what the Go toolchain recorded about the build.
func (versionCommand) Run(to output) error {
	version, compiler := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, compiler = info.Main.Version, info.GoVersion
	}
	_, err := fmt.Fprintf(to.out, "dramac-cli %s, manifest format %d, %s\n", version, formatVersion, compiler)
	return err
}
