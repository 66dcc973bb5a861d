package host

import (
	"log/slog"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/modules"
)

func TestTheLinkedModulesCompile(t *testing.T) {
	h := New(Options{Log: slog.New(slog.DiscardHandler), Clock: time.Now})
	all, err := h.Link(modules.All()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if _, err := collection.Compile(l.Manifest, "mod_00000000"); err != nil {
			t.Error(err)
		}
	}
}
