package expr

import (
	"os"
	"strings"
	"testing"
)

// TestExpressionsOfRealModules parses what fifty collections of CRM, booking
// and accounting say, and prints it as it was.
func TestExpressionsOfRealModules(t *testing.T) {
	data, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) < 100 {
		t.Fatalf("only %d expressions", len(lines))
	}
	for _, text := range lines {
		n, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		printed, err := Print(n)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		again, err := Parse(printed)
		if err != nil || !Equal(n, again) {
			t.Errorf("%s came back as %s (%v)", text, printed, err)
		}
	}
}
