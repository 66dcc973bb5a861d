package collection

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// The codes of PostgreSQL that are about a value somebody wrote.
const (
	codeUnique     = "23505"
	codeForeignKey = "23503"
	codeTooLong    = "54000" // an index entry exceeds its page
)

// explain says in the words of the collection which rule a write broke. The
// database's error stays the cause. What it does not know passes unchanged.
func (c *Collection) explain(err error) error {
	var broken *pgconn.PgError
	if !errors.As(err, &broken) {
		return err
	}
	switch broken.Code {
	case codeUnique:
		return c.explainUnique(err, broken.ConstraintName)
	case codeForeignKey:
		for _, f := range c.fields {
			if f.target != nil && referenceName(c.Name, f) == broken.ConstraintName {
				return errs.BadFields(wrong("reference_missing", "Does not exist.").at(f.key)).WithCause(err)
			}
		}
	case codeTooLong:
		return errs.New(errs.Invalid, "too_long", "A text is too long to be unique or sorted by.").WithCause(err)
	}
	return err
}

// explainUnique names the fields of the rule whose index refused the write. The
// index holds for one site, so nothing is said about another.
func (c *Collection) explainUnique(err error, index string) error {
	if index == physical(c.Name, "pkey") {
		return errs.New(errs.Conflict, "already_exists", "There is already a record with this id.").WithCause(err)
	}
	at := slices.IndexFunc(c.uniques, func(u unique) bool { return u.index == index })
	if at < 0 {
		return err
	}
	u := c.uniques[at]
	message := u.message
	if message == "" {
		message = "There is already a record with this value."
	}
	if len(u.fields) > 1 && u.message == "" {
		message = "There is already a record with these values."
	}
	e := errs.New(errs.Conflict, "already_exists", "%s", message).WithCause(err)
	for _, f := range u.fields {
		e.Fields = append(e.Fields, errs.Field{Path: f.key, Code: "unique", Message: message})
	}
	return e
}
