package collection

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// seriesName is the table of a module's number series. No collection can have
// the name.
const seriesName = "_sequence"

// seriesTable has a row for each series of numbers of a site: of a field, of a
// value of the field it runs on its own for, and of a period. Who draws a
// number locks the row until the end of the transaction, so a rollback gives
// the number back.
func seriesTable() Table {
	return Table{
		Name: seriesName,
		Columns: []Column{
			{"site_id", "uuid"},
			{"id", "uuid"},
			{"collection", "text"},
			{"field", "text"},
			{"per", "text"},
			{"period", "text"},
			{"next", "bigint"},
		},
		Indexes: []Index{{
			Name: seriesName + "_unique", Columns: []string{"site_id", "collection", "field", "per", "period"}, Unique: true,
		}},
		Rights: []string{"INSERT", "SELECT", "UPDATE"}, Policy: policyName,
		rules: map[string]string{
			"site_id": " not null", "id": " not null", "collection": " not null", "field": " not null",
			"per": " not null", "period": " not null", "next": " not null",
		},
	}
}

// drawAtCreation is what draws a number where the manifest names no action.
const drawAtCreation = "create"

// drawn is what draws the field's number.
func drawn(f *Field) string {
	if f.Sequence.Draw == "" {
		return drawAtCreation
	}
	return f.Sequence.Draw
}

// draws returns the statements that draw the numbers which are due: after the
// record is stored, and the gapless ones last of all, so that everybody waits
// for their row as short as can be. A number that was drawn stays.
func (d *draft) draws(run *runnable, gapless bool) []pg.Statement {
	var statements []pg.Statement
	for _, f := range d.records.Collection.fields {
		due := d.old == nil && drawn(f) == drawAtCreation || run != nil && run.Name == drawn(f)
		if f.Kind != manifest.KindSequence || f.Sequence.Gapless != gapless || !due || d.values[f.Name] != nil {
			continue
		}
		statements = append(statements, d.draw(f))
	}
	return statements
}

var placeholders = regexp.MustCompile(`\{[^{}]*\}`)

// draw takes the next number of the series and writes it as the format says.
func (d *draft) draw(f *Field) pg.Statement {
	r := d.records
	args := r.newArgs()
	per := ""
	if f.Sequence.Per != "" {
		per = fmt.Sprint(d.values[f.Sequence.Per])
		if d.values[f.Sequence.Per] == nil {
			per = ""
		}
	}
	row := uuid.New()
	sql := "with n as (insert into " + quote(r.Collection.module.Schema) + "." + quote(seriesName) +
		" as s (site_id, id, collection, field, per, period, next) values ($1::uuid, " + args.Add(row.String()) + "::uuid, " +
		args.Add(r.Collection.stored) + ", " + args.Add(f.stored.Name) + ", " + args.Add(per) + ", " + args.Add(period(f.Sequence.Reset, r.Now())) +
		", 2) on conflict (site_id, collection, field, per, period) do update set next = s.next + 1 returning s.next - 1 as next)" +
		" update " + r.Collection.table + " as t set " + quote(f.columns[0].Name) + " = " + d.numberSQL(f, args.Add) +
		" from n where t.site_id = $1::uuid and t.id = " + args.Add(d.id.String()) + "::uuid"
	return pg.Statement{SQL: sql, Args: args.Values}
}

// period is the part of the date within which numbers run.
func period(reset string, now time.Time) string {
	switch reset {
	case "yearly":
		return now.Format("2006")
	case "monthly":
		return now.Format("2006-01")
	case "daily":
		return now.Format(time.DateOnly)
	}
	return ""
}

// numberSQL writes a drawn number in its format.
func (d *draft) numberSQL(f *Field, add func(any) string) string {
	var parts []string
	text := func(s string) {
		if s != "" {
			parts = append(parts, add(s)+"::text")
		}
	}
	format, now := f.Sequence.Format, d.records.Now()
	at := 0
	for _, found := range placeholders.FindAllStringIndex(format, -1) {
		text(format[at:found[0]])
		at = found[1]
		switch name := format[found[0]+1 : found[1]-1]; {
		case strings.Trim(name, "#") == "" && name != "":
			parts = append(parts, fmt.Sprintf("lpad(n.next::text, greatest(%d, length(n.next::text)), '0')", len(name)))
		case name == "yyyy":
			text(now.Format("2006"))
		case name == "yy":
			text(now.Format("06"))
		case name == "mm":
			text(now.Format("01"))
		case name == "dd":
			text(now.Format("02"))
		case strings.HasPrefix(name, "setting."):
			if value := d.records.Settings[strings.TrimPrefix(name, "setting.")]; value != nil {
				text(fmt.Sprint(value))
			}
		}
	}
	text(format[at:])
	if len(parts) == 0 {
		return "n.next::text"
	}
	return strings.Join(parts, " || ")
}
