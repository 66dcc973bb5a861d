package collection

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func (w world) decodeList(raw []byte) []map[string]any {
	w.Helper()
	list := w.decode([]byte(`{"list":` + string(raw) + `}`))["list"].([]any)
	rows := make([]map[string]any, len(list))
	for i, row := range list {
		rows[i] = row.(map[string]any)
	}
	return rows
}

// workshop has what tables can have besides: lines, lists, ranges kept apart,
// rules of some records, order by hand, and the other ways to go.
func workshop() *manifest.Manifest {
	reference := func(name, to string) manifest.Field { return manifest.Field{Name: name, Kind: "reference", To: to} }
	goes := func(name, to, how string) manifest.Field {
		return manifest.Field{Name: name, Kind: "reference", To: to, OnDelete: how}
	}
	many := reference("tools", "tool")
	many.Many = true
	return &manifest.Manifest{
		Format: 1, ID: "workshop", Name: "Workshop", Version: "1.0.0", Type: manifest.App,
		Collections: []*manifest.Collection{
			{
				Name: "tool", Title: "name", Ordered: "*", Delete: manifest.Deletion{Mode: "hard"},
				Fields: []manifest.Field{{Name: "name", Kind: "text"}},
				Unique: []manifest.Unique{{Fields: []string{"lower(name)"}}},
			},
			{
				Name: "job", Title: "name", Ordered: "tool",
				Fields: []manifest.Field{
					{Name: "name", Kind: "text", Track: true},
					reference("tool", "tool"), many,
					{Name: "code", Kind: "text", Guard: "codes"},
					{Name: "done", Kind: "boolean"},
					{Name: "from_on", Kind: "date"},
					{Name: "until_on", Kind: "date"},
					{Name: "steps", Kind: "lines", Fields: []manifest.Field{
						{Name: "text", Kind: "text", Index: true}, {Name: "cost", Kind: "money"}, goes("tool", "tool", "clear"), many,
					}},
				},
				Unique:  []manifest.Unique{{Fields: []string{"name", "tool"}, When: `name != "x'y"`}, {Fields: []string{"code"}, When: "not done"}},
				Exclude: []manifest.Exclude{{Fields: []string{"tool"}, From: "from_on", To: "until_on", When: `name != "idea"`, Message: "{tool} is taken."}},
			},
			{Name: "entry", AppendOnly: true, Fields: []manifest.Field{reference("step", "job.steps"), reference("job", "job"), goes("box", "box", "clear")}},
			{
				Name: "stop", Title: "name", Ordered: "job", Lock: &manifest.Lock{When: `name == "fixed"`},
				Fields: []manifest.Field{{Name: "name", Kind: "text"}, reference("job", "job")},
			},
			{Name: "past", Ordered: "*", AppendOnly: true, Fields: []manifest.Field{{Name: "name", Kind: "text"}}},
			{Name: "box", Fields: []manifest.Field{{Name: "name", Kind: "text"}}},
			{
				Name: "part", Title: "name",
				Fields: []manifest.Field{
					{Name: "name", Kind: "text"},
					goes("of", "part", "cascade"), goes("with", "part", "restrict"), goes("box", "box", "clear"), goes("bin", "bin", "cascade"),
					{Name: "loose", Kind: "boolean", Set: "box == null"},
					{Name: "why", Kind: "text", RequiredWhen: `name == "kept" and box == null`},
				},
				Events: []manifest.Event{{Name: "boxed", Changed: []string{"box"}}},
			},
			{Name: "bin", Delete: manifest.Deletion{Mode: "hard"}, Fields: []manifest.Field{{Name: "name", Kind: "text"}, goes("of", "bin", "cascade")}},
			{Name: "label", Fields: []manifest.Field{{Name: "name", Kind: "text"}, goes("box", "box", "clear")}},
		},
	}
}

// TestTablesAreAsDeclared compares the catalogue with Tables, as doctor does.
func TestTablesAreAsDeclared(t *testing.T) {
	for _, m := range []*manifest.Manifest{rental(), workshop()} {
		w := worldOf(t, m)
		for _, table := range w.module.Tables() {
			w.compareTable(table)
		}
	}
}

func (w world) compareTable(table Table) {
	w.Helper()
	var want, have []string
	for _, c := range table.Columns {
		want = append(want, c.Name+" "+c.Type)
	}
	for _, i := range table.Indexes {
		rows := strings.ReplaceAll(i.Where, Live, "(deleted_at is null)")
		if strings.Contains(rows, " and ") {
			rows = "more" // printed in other words
		}
		want = append(want, fmt.Sprintf("%s %v (%s) %s", i.Name, i.Unique, strings.TrimSpace(strings.Join(i.Columns, ", ")+" "+i.Class), rows))
	}
	if table.Found {
		want = append(want, "may select", "policy "+FinderPolicy)
	}
	for _, x := range table.Exclusions {
		want = append(want, x.Name+" apart")
	}
	for _, r := range table.References {
		rule := "restrict"
		if r.Cascade {
			rule = "cascade"
		}
		want = append(want, fmt.Sprintf("%s: foreign key (site_id, %s) references %s(site_id, id) on delete %s not valid",
			r.Name, r.Column, strings.ReplaceAll(r.To, `"`, ""), rule))
	}
	for _, right := range table.Rights {
		want = append(want, "may "+right)
	}
	want = append(want, "policy "+table.Policy, "row security true true", physical(table.Name, "pkey")+": primary key (site_id, id)")
	for _, sql := range []string{
		`select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute
			where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
		`select c.relname || ' ' || i.indisunique || ' (' || substring(replace(pg_get_indexdef(c.oid), '"', '') from '\((site_id.*?)\)(?: WHERE|$)') || ') ' ||
			case when pg_get_expr(i.indpred, i.indrelid) like '% AND %' then 'more' else coalesce(pg_get_expr(i.indpred, i.indrelid), '') end
			from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1::regclass and not i.indisprimary and not i.indisexclusion`,
		`select conname || ' apart' from pg_constraint where conrelid = $1::regclass and contype = 'x'`,
		`select conname || ': ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = $1::regclass and contype in ('p', 'f')`,
		`select 'may ' || privilege_type from pg_class, aclexplode(relacl) where oid = $1::regclass and grantee <> relowner`,
		`select 'policy ' || polname from pg_policy where polrelid = $1::regclass`,
		`select 'row security ' || relrowsecurity || ' ' || relforcerowsecurity from pg_class where oid = $1::regclass`,
	} {
		have = append(have, w.catalogue(sql, table.Name)...)
	}
	normal := func(lines []string) []string {
		for i, l := range lines {
			lines[i] = strings.TrimSpace(strings.ToLower(l))
		}
		slices.Sort(lines)
		return lines
	}
	if a, b := normal(want), normal(have); !slices.Equal(a, b) {
		w.Errorf("%s:\nwant %s\nhave %s", table.Name, strings.Join(a, "\n     "), strings.Join(b, "\n     "))
	}
}

func (w world) catalogue(sql, table string) []string {
	w.Helper()
	rows, err := w.db.Pool().Query(w.Context(), sql, quote(w.module.Schema)+"."+quote(table))
	if err != nil {
		w.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.Fatal(err)
	}
	return lines
}

func TestWhatDoesNotCompile(t *testing.T) {
	field := func(name, kind string) manifest.Field { return manifest.Field{Name: name, Kind: kind} }
	for says, c := range map[string]manifest.Collection{
		"a bad table name":          {Name: `a"b`},
		"a bad column name":         {Name: "a", Fields: []manifest.Field{field(`x" text); --`, "text")}},
		"an unknown kind":           {Name: "a", Fields: []manifest.Field{field("x", "float")}},
		"a field as a system value": {Name: "a", Fields: []manifest.Field{field("version", "integer")}},
		"the same field twice":      {Name: "a", Fields: []manifest.Field{field("x", "text"), field("x", "text")}},
		"two fields, one column":    {Name: "a", Fields: []manifest.Field{field("x", "money"), field("x_amount", "integer")}},
		"a target that is not":      {Name: "a", Fields: []manifest.Field{{Name: "x", Kind: "reference", To: "b"}}},
		"a bad pattern":             {Name: "a", Fields: []manifest.Field{{Name: "x", Kind: "text", Pattern: "("}}},
		"unique over nothing":       {Name: "a", Unique: []manifest.Unique{{Fields: []string{"y"}}}},
		"a reach over nothing":      {Name: "a", Access: []manifest.Reach{{Name: "r", When: `y == 1`}}},
		"a reach with bad words":    {Name: "a", Access: []manifest.Reach{{Name: "r", When: `id ==`}}},
	} {
		if _, err := Compile(&manifest.Manifest{Collections: []*manifest.Collection{&c}}, "mod_00000000"); err == nil {
			t.Errorf("%s compiles", says)
		}
	}
	if _, err := Compile(&manifest.Manifest{}, `mod"; drop schema x`); err == nil {
		t.Error("a bad schema name compiles")
	}
	two := []*manifest.Collection{{Name: "a"}, {Name: "a_by_created"}}
	if _, err := Compile(&manifest.Manifest{Collections: two}, "mod_00000000"); err == nil {
		t.Error("a table named like an index compiles")
	}
}

func TestLongNamesStayApart(t *testing.T) {
	long := strings.Repeat("x", 40)
	a, b := over(long, "by", []string{long + "a"}), over(long, "by", []string{long + "b"})
	if len(a) > maxIdentifier || len(b) > maxIdentifier || a == b {
		t.Errorf("%s %s", a, b)
	}
	if over("t", "by", []string{"a_b", "c"}) == over("t", "by", []string{"a", "b_c"}) {
		t.Error("two lists of columns have one name")
	}
}

// TestDeletingWhileReferring races deletions against new references: a live
// record never ends up pointing at a deleted one.
func TestDeletingWhileReferring(t *testing.T) {
	w := newWorld(t)
	items, bookings := w.records(w.a, "item"), w.records(w.a, "booking")
	for range 25 {
		item := w.create(items, `{"name":"Drill"}`)
		var wait sync.WaitGroup
		var created, deleted error
		wait.Go(func() {
			_, created = w.tryCreate(bookings, `{"customer":"Ann","item_id":"`+item["id"].(string)+`"}`)
		})
		wait.Go(func() { deleted = items.Delete(t.Context(), idOf(t, item), nil) })
		wait.Wait()
		switch {
		case created == nil && errs.Of(deleted) != nil && errs.Of(deleted).Code == "in_use":
		case deleted == nil && errs.KindOf(created) == errs.Invalid:
		default:
			t.Fatalf("created: %v, deleted: %v", created, deleted)
		}
	}
}

// TestListUsesItsIndex keeps the statement and the index of the commonest
// question together.
func TestListUsesItsIndex(t *testing.T) {
	w := newWorld(t)
	items, _ := w.module.Collection("item")
	plan := strings.Builder{}
	err := w.db.Tx(t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off;
			set local app.site_id = '`+w.a.String()+`'; set local role `+quote(w.runtime)); err != nil {
			return err
		}
		rows, err := tx.Query(t.Context(), `explain select t.id from `+items.table+` t where t.site_id = '`+w.a.String()+
			`' and t.deleted_at is null order by t.created_at desc, t.id limit 50`)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		plan.WriteString(strings.Join(lines, "\n"))
		return err
	})
	if err != nil || !strings.Contains(plan.String(), "item_by_created") || strings.Contains(plan.String(), "Sort") {
		t.Errorf("%v\n%s", err, plan.String())
	}
}
