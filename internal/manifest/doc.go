// Package manifest reads what a module declares: module.yaml, collections/*.yaml
// and blocks/*. Reading is strict and finds every mistake at once, each with
// its place. The tables of the format in format.go and format_field.go are the
// one source of the reader and of the JSON Schema; docs/manifest.md is the
// reference for authors and the norm.
//
// The package is pure: it reads through io/fs and knows no clock, network or
// database, so that the server and the developer's tool share it.
package manifest
