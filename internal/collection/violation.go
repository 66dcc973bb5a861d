package collection

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// The codes of PostgreSQL that are about a value somebody wrote.
const (
	codeUnique     = "23505"
	codeForeignKey = "23503"
	codeTooLong    = "54000" // an index entry exceeds its page
	codeExclusion  = "23P01"
	codeRange      = "22000" // a range that ends before it begins
	codeDeadlock   = "40P01"
)

// explain says in the words of the collection which rule a write broke. The
// database's error stays the cause. What it does not know passes unchanged.
func (c *Collection) explain(err error) error {
	var broken *pgconn.PgError
	if !errors.As(err, &broken) {
		return err
	}
	switch broken.Code {
	case codeExclusion:
		return c.explainOverlap(err, broken.ConstraintName, nil)
	case codeRange:
		return errs.New(errs.Invalid, "range", "The end is before the beginning.").WithCause(err)
	case codeUnique:
		return c.explainUnique(err, broken.ConstraintName)
	case codeForeignKey:
		if path, ok := c.explainFile(broken.ConstraintName); ok {
			return errs.BadFields(wrong("file_missing", "Is no file that you uploaded for this field.").at(path)).WithCause(err)
		}
		for _, f := range c.fields {
			if f.targetTable() != "" && referenceName(c.stored, f) == broken.ConstraintName {
				return errs.BadFields(wrong("reference_missing", "Does not exist.").at(f.key)).WithCause(err)
			}
			if f.holds(broken.ConstraintName) {
				return errs.BadFields(wrong("reference_missing", "Does not exist.").at(f.key)).WithCause(err)
			}
		}
	case codeTooLong:
		return errs.New(errs.Invalid, "too_long", "A text is too long to be unique or sorted by.").WithCause(err)
	}
	return err
}

// violates reports whether the database refused a write with the code.
func violates(err error, code string) bool {
	var broken *pgconn.PgError
	return errors.As(err, &broken) && broken.Code == code
}

// explainUnique names the fields of the rule whose index refused the write. The
// index holds for one site, so nothing is said about another.
func (c *Collection) explainUnique(err error, index string) error {
	if index == physical(c.stored, "pkey") {
		return errs.New(errs.Conflict, "already_exists", "There is already a record with this id.").WithCause(err)
	}
	for _, f := range c.fields {
		if f.lines != nil && index == physical(f.lines.name, "pkey") {
			return errs.BadFields(wrong("line_missing", "An id is that of a line of another record.").at(f.key)).WithCause(err)
		}
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

// holds reports whether a foreign key is of the field's lines or list.
func (f *Field) holds(constraint string) bool {
	if f.list != nil {
		return constraint == physical(f.list.name, "target_ref")
	}
	return f.lines != nil && slices.ContainsFunc(f.lines.fields, func(line *Field) bool {
		return line.holds(constraint) || line.targetTable() != "" && constraint == referenceName(f.lines.name, line)
	})
}

// explainFor is explain with the values that were written, for messages that
// name them.
func (c *Collection) explainFor(err error, d *draft) error {
	var broken *pgconn.PgError
	if errors.As(err, &broken) && broken.Code == codeExclusion {
		return c.explainOverlap(err, broken.ConstraintName, d)
	}
	return c.explain(err)
}

// explainOverlap says which range is taken. A field that the message names
// stands for its value, or for its label where the value is another record.
func (c *Collection) explainOverlap(err error, constraint string, d *draft) error {
	at := slices.IndexFunc(c.apart, func(x apart) bool { return x.constraint == constraint })
	if at < 0 {
		return err
	}
	x := c.apart[at]
	message := x.message
	if message == "" {
		message = "This overlaps with another record."
	}
	for _, f := range c.fields {
		said := title(f)
		if d != nil && f.target == nil && len(f.columns) == 1 && d.values[f.Name] != nil {
			said = fmt.Sprint(d.values[f.Name])
		}
		message = strings.ReplaceAll(message, "{"+f.Name+"}", said)
	}
	e := errs.New(errs.Conflict, "overlap", "%s", message).WithCause(err)
	for _, f := range append(slices.Clone(x.fields), x.from, x.to) {
		e.Fields = append(e.Fields, errs.Field{Path: f.key, Code: "overlap", Message: message})
	}
	return e
}
