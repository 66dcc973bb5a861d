package host

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// session is the platform's side of one run.
type session struct {
	*code
	host   *Host
	acting collection.Acting
	name   string // of the handler
	own    bool   // with the module's own rights
	watch  *watch
}

var _ sdk.Host = (*session)(nil)

// call is what the handler gets.
func (s *session) call(ctx context.Context) *sdk.Call {
	scope := s.acting.Scope
	site := sdk.Site{ID: scope.Site().String(), Zone: s.acting.Now().Location(), Currency: s.acting.Currency}
	actor := sdk.Actor{Kind: sdk.Own}
	if kind := scope.ActorKind(); kind != "" {
		actor.Kind = sdk.ActorKind(kind)
	}
	if id := scope.Actor(); id.Valid {
		actor.ID = id.UUID.String()
	}
	return sdk.NewCall(ctx, s, site, actor)
}

// Now implements sdk.Host.
func (s *session) Now() time.Time { return s.acting.Now() }

// NewID implements sdk.Host.
func (s *session) NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Log implements sdk.Host.
func (s *session) Log() *slog.Logger {
	return s.log.With("handler", s.name, "site", s.acting.Scope.Site())
}

// Tx implements sdk.Host: a transaction of the module, or a part of the open one
// that can be undone on its own.
func (s *session) Tx(ctx context.Context, fn func(ctx context.Context, host sdk.Host) error) error {
	inner := *s
	if s.acting.Scope.Inside() {
		return s.watch.during(ctx, func() error {
			return s.acting.Scope.Tx(ctx, func(tx pgx.Tx) error {
				inner.acting.Scope = s.acting.Scope.Within(tx)
				return s.watch.yield(func() error { return fn(ctx, &inner) })
			})
		})
	}
	return s.acting.Scope.Tx(ctx, func(tx pgx.Tx) error {
		inner.acting.Scope = s.acting.Scope.Within(tx)
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(errEnded)
		inner.watch = newWatch(s.host.clock, s.host.budget, cancel)
		defer inner.watch.end()
		err := fn(ctx, &inner)
		if cause := context.Cause(ctx); cause != nil {
			return fmt.Errorf("inside Tx: %w", cause)
		}
		return err
	})
}

// Setting implements sdk.Host.
func (s *session) Setting(_ context.Context, name string) (json.RawMessage, error) {
	declared, err := s.setting(name)
	if err != nil {
		return nil, err
	}
	if declared.Secret {
		return nil, fmt.Errorf("the setting %q is secret: read it by Secret", name)
	}
	return collection.EncodeSetting(declared, s.acting.Settings[name])
}

// Secret implements sdk.Host.
func (s *session) Secret(ctx context.Context, name string) (string, error) {
	declared, err := s.setting(name)
	switch {
	case err != nil:
		return "", err
	case !declared.Secret:
		return "", fmt.Errorf("the setting %q is not secret: read it by Setting", name)
	case s.acting.Caller == nil:
		return "", fmt.Errorf("the secret %q cannot be read here", name)
	}
	value, err := s.acting.Caller.Secret(ctx, s.module.Manifest.ID, name)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var text string
	return text, json.Unmarshal(value, &text)
}

func (s *session) setting(name string) (manifest.Field, error) {
	var known []string
	for _, f := range s.module.Manifest.Settings {
		if f.Name == name {
			return f, nil
		}
		known = append(known, f.Name)
	}
	return manifest.Field{}, fmt.Errorf("the manifest declares no setting %q.%s", name, suggestion(name, known))
}

// Emit implements sdk.Host.
func (s *session) Emit(ctx context.Context, event, id string, data json.RawMessage) error {
	e, err := s.event(event)
	if err != nil {
		return err
	}
	if err := e.takes(data); err != nil {
		return err
	}
	record := uuid.NullUUID{}
	if id != "" {
		if record.UUID, err = uuid.Parse(id); err != nil {
			return fmt.Errorf("emit %s: %q is no id of a record", event, id)
		}
		record.Valid = true
	}
	return s.watch.during(ctx, func() error {
		return s.acting.Scope.Batch(ctx, pg.Statement{
			SQL:  `select platform.emit($1, $2, $3, $4::int, $5::jsonb)`,
			Args: []any{e.collection, record, e.Name, max(e.Version, 1), string(data)},
		})
	})
}
