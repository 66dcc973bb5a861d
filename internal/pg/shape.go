package pg

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Bounds of what is prepared. A connection keeps statementCache statements;
// what callers can ask for has no bound, so texts that come once are run
// without being prepared, and those of scopes leave room for the platform's own.
const (
	statementCache = 256
	preparedShapes = 192
	wornAfter      = 16   // uses of a text that finds no place, until places are given anew
	rememberedOnce = 4096 // texts whose uses are counted
)

// shapes decides which statement texts are worth preparing: those that come a
// second time, while there is room. The zero shapes is ready.
type shapes struct {
	mu       sync.RWMutex
	prepared map[string]bool
	seen     map[uint64]int
	seed     maphash.Seed
}

// prepares reports whether the text is to be prepared, and counts its use.
func (s *shapes) prepares(sql string) bool {
	s.mu.RLock()
	known := s.prepared[sql]
	s.mu.RUnlock()
	if known {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil || len(s.seen) >= rememberedOnce {
		s.seen, s.seed = map[uint64]int{}, maphash.MakeSeed()
	}
	key := maphash.String(s.seed, sql)
	s.seen[key]++
	switch {
	case s.seen[key] < 2:
		return false
	case len(s.prepared) >= preparedShapes && s.seen[key] < wornAfter:
		return false
	case s.prepared == nil || len(s.prepared) >= preparedShapes:
		s.prepared = map[string]bool{} // whoever is still in use is back at once
	}
	s.prepared[sql] = true
	return true
}

// preparesAll is prepares for all statements of a batch.
func (s *shapes) preparesAll(statements []Statement) bool {
	all := true
	for _, st := range statements {
		all = s.prepares(st.SQL) && all
	}
	return all
}

// unprepared runs what Batch runs in the same one round trip, with texts that
// the server parses for this time only. The first statement enters the scope.
func (s Scope) unprepared(ctx context.Context, statements []Statement) error {
	conn, err := s.db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	types := conn.Conn().TypeMap()
	var batch pgconn.Batch
	for _, st := range statements {
		var b pgx.ExtendedQueryBuilder
		if err := b.Build(types, nil, st.Args); err != nil {
			return err
		}
		batch.ExecParams(st.SQL, b.ParamValues, nil, b.ParamFormats, nil)
	}
	results := conn.Conn().PgConn().ExecBatch(ctx, &batch)
	read := func() error {
		for n := range statements {
			if !results.NextResult() {
				return nil // the error comes with Close
			}
			rows := pgx.RowsFromResultReader(types, results.ResultReader())
			if statements[n].Read != nil {
				if err := statements[n].Read(rows); err != nil {
					rows.Close()
					return err
				}
			}
			rows.Close()
			if err := rows.Err(); err != nil {
				if n == 0 && isDivisionByZero(err) {
					return ErrStale
				}
				return err
			}
		}
		return nil
	}
	err = read()
	if closed := results.Close(); err == nil {
		err = closed
	}
	if errors.Is(err, ErrStale) {
		return ErrStale
	}
	return err
}

func isDivisionByZero(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.Code == codeDivisionByZero
}
