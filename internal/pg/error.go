package pg

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// ErrResting says that nothing is done for a site now; what waits, waits on.
var ErrResting = errors.New("the site rests")

// ErrStale says that the revision moved on since the scope was built: nothing
// ran. The caller drops what it remembers, builds the scope again and repeats.
var ErrStale = errors.New("the scope was built under an older revision")

// SQLSTATE codes that say something to the caller.
const (
	codeUnique        = "23505"
	codeForeignKey    = "23503"
	codeCheck         = "23514"
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeTimeout       = "57014"
	codeLock          = "55P03"
	codeBytes         = "22021" // not UTF-8, or a zero byte
	codeZeroInJSON    = "22P05"
)

// Translate gives an error of the database its kind, once. The original stays
// reachable with errors.As. Errors that already have a kind pass unchanged.
func Translate(err error) error {
	if err == nil || errs.Of(err) != nil {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.Missing().WithCause(err)
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	switch pe.Code {
	case codeUnique:
		return errs.New(errs.Conflict, "already_exists", "There is one like this already.").WithCause(err)
	case codeForeignKey:
		return errs.New(errs.Invalid, "reference_missing", "Something this refers to does not exist.").WithCause(err)
	case codeCheck:
		return errs.New(errs.Invalid, "rule_broken", "A value breaks a rule.").WithCause(err)
	case codeBytes, codeZeroInJSON:
		return errs.New(errs.Invalid, "not_text", "A text holds something that is not a character.").WithCause(err)
	case codeSerialization, codeDeadlock, codeLock:
		return errs.New(errs.Conflict, "busy", "Somebody else is changing this. Try again.").WithCause(err)
	case codeTimeout:
		return errs.New(errs.Exhausted, "too_slow", "This takes too long. Ask for less.").WithCause(err)
	}
	return err
}

// Lost reports whether err is about the way to the database rather than about
// what was asked: it is down, starting, or the connection broke. Whether a write
// on its way was done is then not known.
func Lost(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		// 08: connection; 57P01 to 57P03: shut down, crashed, starting up; 53300: full.
		return strings.HasPrefix(pe.Code, "08") || slices.Contains([]string{"57P01", "57P02", "57P03", "53300"}, pe.Code)
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// Violated returns the name of the constraint that err broke, "" if none.
func Violated(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.ConstraintName
	}
	return ""
}
