package collection

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// maxOffending is how many records an answer names that stand in the way.
const maxOffending = 20

// Evolution brings one site's records from one version of a module to the
// next, or back. It works as the module's owner with the site set, in the
// caller's transaction: what fails has changed nothing. Both versions share the
// tables, which are there already. Done again, it writes nothing: only values
// that come out otherwise are written and told in the change log.
type Evolution struct {
	Old, New *Module       // Old is the earlier version
	Diff     manifest.Diff // from Old to New
	Site     uuid.UUID
	Settings map[string]any // of the site, for expressions, in the version that it comes to
	Leaving  map[string]any // the same in the version that it leaves
	// Left is when the site last went the opposite way between the two versions;
	// zero: it never did.
	Left     time.Time
	LeftAt   int64     // the same as a place in the change log; 0: not known
	Now      time.Time // in the site's zone
	Currency string    // of the site
	Country  string    // as Records has it
	Language string    // as Records has it
	Sealer   Sealer    // of what one of the versions keeps encrypted
}

// Up brings the records to the newer version: it fills, converts and computes,
// then holds them against the rules that are new. Records that break one are
// errs.Conflict "upgrade_blocked", with their ids.
func (e Evolution) Up(ctx context.Context, tx pgx.Tx) error {
	w := passage{Evolution: e, from: e.Old, to: e.New, moved: map[string]bool{}}
	var found offending
	var late manifest.Diff // fills that may read what is computed
	for _, change := range e.Diff {
		if _, reads := change.Fill.(manifest.Expression); reads && change.Part == "field" && change.Treatment == manifest.Filled {
			late = append(late, change)
			continue
		}
		if err := w.apply(ctx, tx, change, &found); err != nil {
			return fmt.Errorf("%s: %w", change.Reason, err)
		}
	}
	if err := w.carry(ctx, tx, &found); err != nil {
		return err
	}
	if err := w.reckon(ctx, tx, &found); err != nil {
		return err
	}
	for _, change := range late {
		if err := w.apply(ctx, tx, change, &found); err != nil {
			return fmt.Errorf("%s: %w", change.Reason, err)
		}
	}
	if late != nil {
		if err := w.reckon(ctx, tx, &found); err != nil {
			return err
		}
	}
	for _, change := range e.Diff {
		if err := w.test(ctx, tx, change, &found); err != nil {
			return fmt.Errorf("%s: %w", change.Reason, err)
		}
	}
	return w.arrive(ctx, tx, &found, "upgrade_blocked")
}

// Down brings the records back to the older version. A converted value is
// computed with the way back, or keeps what it was before the upgrade; stored
// computed values are what the older version makes of its records. Records that
// it could not hold are errs.Conflict "rollback_blocked".
func (e Evolution) Down(ctx context.Context, tx pgx.Tx) error {
	w := passage{Evolution: e, from: e.New, to: e.Old, moved: map[string]bool{}}
	var found offending
	for n := len(e.Diff) - 1; n >= 0; n-- {
		if e.Diff.Again(n) {
			continue
		}
		if err := w.revert(ctx, tx, e.Diff[n], &found); err != nil {
			return fmt.Errorf("%s: %w", e.Diff[n].Reason, err)
		}
	}
	if err := w.reckon(ctx, tx, &found); err != nil {
		return err
	}
	if err := w.testOld(ctx, tx, &found); err != nil {
		return err
	}
	return w.arrive(ctx, tx, &found, "rollback_blocked")
}

// Check says what of the ways between the versions is no expression over them:
// names that neither has, and values of another kind than the field's. It needs
// no site.
func (e Evolution) Check() []error {
	var wrong []error
	up := passage{Evolution: e, from: e.Old, to: e.New}
	try := func(w passage, at seat, key, text string) {
		if text == "" || at.field == nil || at.field.rules.computed != nil || len(at.field.columns) == 0 {
			return
		}
		if _, err := w.value(at.open(), text, w.args()); err != nil {
			wrong = append(wrong, fmt.Errorf("%q of %s.%s: %w", key, at.of.Name, at.path(), err))
		}
	}
	for _, change := range e.Diff {
		c, f, l := e.New.field(change)
		if f == nil || change.Part != "field" {
			continue
		}
		at := seat{c, l, f}
		was := e.Old.before(at)
		if text, ok := expressionOf(change.Fill); ok {
			try(up, at, "fill", text)
		}
		if was.field == nil || !was.field.sealed() {
			try(up, at, "convert", change.Convert)
		}
		if !f.sealed() {
			try(up.back(), was, "back", change.Back)
		}
	}
	return wrong
}

// passage is one way between the versions.
type passage struct {
	Evolution
	from, to *Module
	moved    map[string]bool // the fields that got other values, as place calls them
}

// back is the opposite way, for asking what it would make of a value.
func (w passage) back() passage {
	w.from, w.to = w.to, w.from
	w.Settings, w.Leaving = w.Leaving, w.Settings
	return w
}

// arrive ends the way, unless records do not fit.
func (w passage) arrive(ctx context.Context, tx pgx.Tx, found *offending, code string) error {
	if err := found.err(code, "Some records do not fit version "+w.to.Manifest.Version+"."); err != nil {
		return err
	}
	return w.stamp(ctx, tx)
}

// carry brings values along that have other columns now although the two
// versions do not differ in the field: it was converted there and back in
// versions between, which are not on the site's way.
func (w passage) carry(ctx context.Context, tx pgx.Tx, found *offending) error {
	for _, c := range w.to.collections {
		at := seat{of: c}
		if w.from.sharing(c) == nil {
			continue
		}
		for _, f := range c.fields {
			at.field = f
			was := w.from.before(at)
			if was.field == nil || was.field.stored.Name == f.stored.Name || len(f.columns) == 0 || f.rules.computed != nil || w.moved[at.place()] {
				continue
			}
			if err := w.convert(ctx, tx, at, was, "old."+was.field.Name, "old."+f.Name, found); err != nil {
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
	}
	return nil
}

// apply makes what one difference says of the records. What is computed comes
// after all of them.
func (w passage) apply(ctx context.Context, tx pgx.Tx, change manifest.Change, found *offending) error {
	c, f, l := w.New.field(change)
	if f == nil || f.rules.computed != nil || len(f.columns) == 0 {
		return nil
	}
	at := seat{c, l, f}
	switch {
	case change.Part == "option" && change.Treatment == manifest.Renamed:
		return w.swap(ctx, tx, at, change.Old, change.Name)
	case change.Part == "field" && change.Treatment == manifest.Converted:
		was := w.Old.before(at)
		return w.convert(ctx, tx, at, was, change.Convert, change.Back, found)
	case change.Part == "field" && change.Treatment == manifest.Filled:
		return w.fill(ctx, tx, at, change.Fill)
	}
	return nil
}

// revert takes back what apply did, as far as the older version needs it. What
// was filled stays: the older version does not know it, or may keep it.
func (w passage) revert(ctx context.Context, tx pgx.Tx, change manifest.Change, found *offending) error {
	c, f, l := w.New.field(change)
	if f == nil {
		return nil
	}
	is := seat{c, l, f}
	was := w.Old.before(is)
	if was.field == nil || was.field.rules.computed != nil || len(was.field.columns) == 0 {
		return nil
	}
	switch {
	case change.Part == "option" && change.Treatment == manifest.Renamed:
		return w.swap(ctx, tx, was, change.Name, change.Old)
	case change.Part == "field" && change.Treatment == manifest.Converted && change.Back != "":
		return w.convert(ctx, tx, was, is, change.Back, change.Convert, found)
	}
	return nil
}

// seat is a field in one of the versions.
type seat struct {
	of    *Collection
	lines *Lines // nil: of the record itself
	field *Field
}

// table holds the field's columns.
func (s seat) table() string {
	if s.lines != nil {
		return s.lines.table
	}
	return s.of.table
}

// place is how both versions call the field: by its table and columns, whatever
// they call it.
func (s seat) place() string { return s.table() + "." + s.field.stored.Name }

// path is how complaints call the field.
func (s seat) path() string {
	if s.lines != nil {
		return s.lines.field.key + "." + s.field.key
	}
	return s.field.key
}

// sharing returns the collection of the other version that has the same table.
func (m *Module) sharing(c *Collection) *Collection {
	for _, other := range m.collections {
		if other.stored == c.stored {
			return other
		}
	}
	return nil
}

// sharing returns the lines of the other version's collection that have the
// same table; nil when l is.
func (c *Collection) sharing(l *Lines) *Lines {
	for _, f := range c.fields {
		if l != nil && f.lines != nil && f.lines.name == l.name {
			return f.lines
		}
	}
	return nil
}

// before finds what a newer version's field was in this older version; its
// field is nil where there was none.
func (m *Module) before(is seat) seat {
	was := seat{of: m.sharing(is.of)}
	if was.of == nil {
		return was
	}
	was.lines = was.of.sharing(is.lines)
	for _, name := range append([]string{is.field.Name}, is.field.Was...) {
		switch {
		case is.lines == nil:
			was.field = was.of.byName[name]
		case was.lines != nil:
			was.field = was.lines.byName[name]
		}
		if was.field != nil {
			break
		}
	}
	return was
}

// twin finds the field of this version that has the same columns as another
// version's; its field is nil where there is none.
func (m *Module) twin(of seat) seat {
	same := seat{of: m.sharing(of.of)}
	if same.of == nil {
		return same
	}
	fields := same.of.fields
	if of.lines != nil {
		if same.lines = same.of.sharing(of.lines); same.lines == nil {
			return same
		}
		fields = same.lines.fields
	}
	for _, f := range fields {
		if f.stored.Name == of.field.stored.Name {
			same.field = f
		}
	}
	return same
}

// stamp gives the records of collections whose rules depend on it the epoch of
// the version that they are in now.
func (w passage) stamp(ctx context.Context, tx pgx.Tx) error {
	for _, c := range w.New.collections {
		bound := false
		for key := range w.New.Physical.Since {
			bound = bound || strings.HasPrefix(key, c.Name+".")
		}
		if !bound {
			continue
		}
		_, err := tx.Exec(ctx, "update "+c.table+" as t set "+quote(epochColumn)+" = $2 where t.site_id = $1 and t."+quote(epochColumn)+" <> $2",
			w.Site.String(), max(w.to.Physical.Epoch, 1))
		if err != nil {
			return c.explain(err)
		}
	}
	return nil
}

// field returns the field that a difference is about, and the lines it is in.
func (m *Module) field(change manifest.Change) (*Collection, *Field, *Lines) {
	c, ok := m.byName[change.Collection]
	if !ok || change.Field == "" {
		return c, nil, nil
	}
	outer, inner, deep := strings.Cut(change.Field, ".")
	f := c.byName[outer]
	if !deep || f == nil || f.lines == nil {
		return c, f, nil
	}
	return c, f.lines.byName[inner], f.lines
}
