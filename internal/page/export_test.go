package page

import (
	"context"
	"io"
	"maps"
	"slices"
)

// FunctionNames lists the functions that templates get, but for our own step.
func FunctionNames() []string {
	var none *run
	names := maps.Keys(functions(&none))
	return slices.DeleteFunc(slices.Sorted(names), func(name string) bool { return name == step })
}

// InputPattern is inputPattern.
var InputPattern = inputPattern

// Execute runs a template by itself, without anybody who would give it up.
func Execute(ctx context.Context, t *Template, data map[string]any) error {
	return t.execute(io.Discard, &run{ctx: ctx}, data)
}

// WebAddress is webAddress.
var WebAddress = webAddress
