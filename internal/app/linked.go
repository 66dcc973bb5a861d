package app

import (
	"context"

	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/host"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/modules"
)

// link publishes the modules that this server holds. One whose code does not
// fit its manifest stops the start.
func (s services) link(ctx context.Context, catalogue *module.Catalogue, files *file.Files) error {
	held, err := host.New(host.Options{Log: s.Log, Clock: s.Now, Files: files}).Link(modules.All()...)
	if err != nil {
		return err
	}
	return catalogue.Link(ctx, held...)
}
