package collection

import (
	"context"
	"fmt"
	"math/big"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// sealBatch is how many records are read at once whose values the database
// cannot convert, because they are kept encrypted.
const sealBatch = 1000

// open is the field as it would be if its values were not encrypted.
func (s seat) open() seat {
	k, ok := s.field.kind.(sealedKind)
	if !ok {
		return s
	}
	f := *s.field
	f.kind = k.Kind
	f.columns = k.Kind.columns(f.stored)
	s.field = &f
	return s
}

// reseal is convert where one of the versions keeps the field encrypted. What
// the other version holds is opened, or worked out by the expression.
func (w passage) reseal(ctx context.Context, tx pgx.Tx, at, was seat, text string) error {
	args := w.args()
	if was.field == nil || !was.field.sealed() {
		m, err := w.value(at.open(), text, args)
		if err != nil {
			return err
		}
		return w.sealEach(ctx, tx, at, m.readable(at.open().field), args, "", at.open().read)
	}
	name := column(was.field.columns[0].Name)
	return w.sealEach(ctx, tx, at, []string{name, "t.id"}, args, "", func(values []any) (any, error) {
		sealed, there := values[0].(string)
		if !there {
			return nil, nil
		}
		id, _ := values[1].([16]byte)
		value, err := was.field.open(Sealed(sealed), w.Sealer, w.sealedAt(was, id))
		if err != nil || value == nil {
			return nil, err
		}
		return at.open().field.taking(was.open().field, value, w.Currency)
	})
}

// sealFill fills an encrypted field with what an expression gives.
func (w passage) sealFill(ctx context.Context, tx pgx.Tx, at seat, text string) error {
	args := w.args()
	m, err := w.value(at.open(), text, args)
	if err != nil {
		return err
	}
	return w.sealEach(ctx, tx, at, m.readable(at.open().field), args, " and "+column(at.field.columns[0].Name)+" is null", at.open().read)
}

// sealStep works out an encrypted computed value.
func (w passage) sealStep(ctx context.Context, tx pgx.Tx, at seat, one *step) error {
	args := w.args()
	m, err := w.compile(at.open(), one.computed, w.rows(at.of, at.lines, args), args)
	if err != nil {
		return err
	}
	return w.sealEach(ctx, tx, at, m.readable(at.open().field), args, "", at.open().read)
}

// readable selects the value so that read can take it.
func (m made) readable(f *Field) []string {
	parts := make([]string, len(m.parts))
	for i, sql := range m.parts {
		parts[i] = readable("("+sql+")::"+f.columns[i].Type, f.columns[i])
	}
	return parts
}

func (s seat) read(values []any) (any, error) {
	return s.field.fromColumns(values[:len(s.field.columns)]), nil
}

// taking makes of another field's value one of this field: the same text, or of
// a number the nearest that it can hold.
func (f *Field) taking(was *Field, value any, currency string) (any, error) {
	text := was.plainText(was.kind, value)
	taken, p := f.fromText(f.kind, text, currency)
	if p == nil {
		return taken, nil
	}
	if exact, ok := new(big.Rat).SetString(text); ok {
		if n, fits := roundFixed(exact, f.Scale); fits {
			return n, nil
		}
	}
	return nil, fmt.Errorf("the value of %s: %s", f.Name, p.message)
}

// sealedAt is the place to which a sealed value of a record is bound.
func (w passage) sealedAt(at seat, record uuid.UUID) string {
	return secret.RecordContext(w.Site, at.of.module.Schema, at.of.stored, at.field.stored.Name, record)
}

// sealEach gives the field of each record the value that is made of the selected
// columns, sealed if the field is. What it holds already stays as it is.
func (w passage) sealEach(ctx context.Context, tx pgx.Tx, at seat, selected []string, args *expr.Args, where string, value func([]any) (any, error)) error {
	if at.lines != nil {
		return fmt.Errorf("field %s: lines keep nothing encrypted", at.field.Name)
	}
	have := column(at.field.columns[0].Name)
	if !at.field.sealed() {
		have = "null::text"
	}
	sql := "select t.id, " + have
	for _, one := range selected {
		sql += ", " + one
	}
	after := args.Add(uuid.Nil.String())
	sql += " from " + at.table() + " t where t.site_id = $1::uuid" + where + " and t.id > " + after + "::uuid order by t.id limit " + fmt.Sprint(sealBatch)
	last := len(args.Values) - 1
	for {
		rows, err := tx.Query(ctx, sql, args.Values...)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
		if err != nil {
			return err
		}
		var batch pgx.Batch
		for _, row := range all {
			id, _ := row[0].([16]byte)
			args.Values[last] = uuid.UUID(id).String()
			made, err := value(row[2:])
			if err != nil {
				return fmt.Errorf("record %s: %w", uuid.UUID(id), err)
			}
			have, _ := row[1].(string)
			if err := w.put(&batch, at, id, have, made); err != nil {
				return fmt.Errorf("record %s: %w", uuid.UUID(id), err)
			}
		}
		if batch.Len() > 0 {
			if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
				return at.of.explain(err)
			}
		}
		if len(all) < sealBatch {
			return nil
		}
	}
}

// put writes a value of one record, unless it has it.
func (w passage) put(batch *pgx.Batch, at seat, id uuid.UUID, have string, value any) error {
	f := at.field
	if f.sealed() {
		if have == "" && value == nil {
			return nil
		}
		if have != "" && value != nil {
			held, err := f.open(Sealed(have), w.Sealer, w.sealedAt(at, id))
			if err != nil {
				return err
			}
			if equalValues(held, value) {
				return nil
			}
		}
		var err error
		if value, err = f.seal(value, w.Sealer, w.sealedAt(at, id)); err != nil {
			return err
		}
	}
	sql, args, differ := "", []any{w.Site.String(), id.String()}, ""
	for i, arg := range fieldArgs(f, value) {
		args = append(args, arg)
		one := fmt.Sprintf("$%d::%s", len(args), f.columns[i].Type)
		sql += quote(f.columns[i].Name) + " = " + one + ", "
		if i > 0 {
			differ += " or "
		}
		differ += column(f.columns[i].Name) + " is distinct from " + one
	}
	batch.Queue("update "+at.table()+" as t set "+sql+"version = t.version + 1 where t.site_id = $1::uuid and t.id = $2::uuid and ("+differ+")", args...)
	return nil
}
