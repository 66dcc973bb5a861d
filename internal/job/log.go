package job

import (
	"context"
	"log/slog"
)

// quietHandler drops what River says below warnings: it tells of every start,
// stop and election.
type quietHandler struct{ slog.Handler }

// Enabled admits warnings and errors.
func (h quietHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the handler quiet.
func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the handler quiet.
func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{h.Handler.WithGroup(name)}
}

func quiet(log *slog.Logger) *slog.Logger { return slog.New(quietHandler{log.Handler()}) }
