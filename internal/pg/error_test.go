package pg_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

func TestALostDatabaseIsToldFromAMistake(t *testing.T) {
	for _, row := range []struct {
		err  error
		lost bool
	}{
		{&pgconn.PgError{Code: "57P01"}, true},
		{&pgconn.PgError{Code: "57P03"}, true},
		{&pgconn.PgError{Code: "08006"}, true},
		{&pgconn.PgError{Code: "42601"}, false},
		{&pgconn.ConnectError{}, true},
		{&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, true},
		{fmt.Errorf("failed to receive message: %w", io.ErrUnexpectedEOF), true},
		{errors.New("anything else"), false},
		{nil, false},
	} {
		err := row.err
		if err != nil {
			err = fmt.Errorf("list: %w", err)
		}
		if pg.Lost(err) != row.lost {
			t.Errorf("%v: %v", row.err, !row.lost)
		}
	}
}
