package page

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// refusing ends a template at its first output.
type refusing struct{}

// Write implements io.Writer.
func (refusing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// limited collects the output of one block and refuses to go on when there is
// too much of it or the block's time is over. The error ends the template.
type limited struct {
	ctx  context.Context
	left int // bytes
	out  bytes.Buffer
}

// Write implements io.Writer.
func (w *limited) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if len(p) > w.left {
		return 0, fmt.Errorf("the block writes more than its output limit")
	}
	w.left -= len(p)
	return w.out.Write(p)
}
