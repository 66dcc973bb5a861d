package pg

import (
	"fmt"
	"testing"
)

func TestShapes(t *testing.T) {
	var s shapes
	if s.prepares("a") || !s.prepares("a") || !s.prepares("a") {
		t.Error("a text is prepared when it comes again")
	}
	for n := range 2 * preparedShapes { // none of them comes often
		text := fmt.Sprint(n)
		if s.prepares(text); s.prepares(text) && n >= preparedShapes {
			t.Fatalf("more than %d texts are prepared", preparedShapes)
		}
	}
	if !s.prepares("a") {
		t.Error("texts that come twice drive out what is in use")
	}
	for range wornAfter {
		s.prepares("b")
	}
	if !s.prepares("b") || len(s.prepared) > preparedShapes {
		t.Error("a text that comes often finds no place")
	}
	for n := range 3 * rememberedOnce {
		s.prepares(fmt.Sprint("once ", n))
	}
	if len(s.seen) > rememberedOnce {
		t.Errorf("%d texts are remembered", len(s.seen))
	}
}
