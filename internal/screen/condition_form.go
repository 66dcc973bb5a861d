package screen

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/money"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// The names of the filter panel's inputs. Those of a row follow its place: "r0."
// and "g1.r0." of one in a group.
const (
	MatchInput = "match"
	DoInput    = "do"

	applyFilter = "apply"
)

// ReadConditionForm reads the filter panel as it was filled in, does what the
// pressed button says, and tells whether the list is to be shown now. read turns
// what was typed for a field into a value as URLs have it.
func ReadConditionForm(in *manifest.Collection, form url.Values, read func(f manifest.Field, typed string) (string, error)) (c Conditions, apply bool) {
	c.Any = form.Get(MatchInput) == "or"
	c.Rows = readRows(in, form, "", read)
	for g := range MaxConditionRows {
		if rows := readRows(in, form, "g"+strconv.Itoa(g)+".", read); rows != nil {
			c.Groups = append(c.Groups, rows)
		}
	}
	do := form.Get(DoInput)
	room := c.Count() < MaxConditionRows
	switch {
	case do == "add" && room:
		c.Rows = append(c.Rows, Condition{})
	case do == "group" && room:
		c.Groups = append(c.Groups, []Condition{{}})
	case strings.HasPrefix(do, "drop "):
		if at, err := strconv.Atoi(do[len("drop "):]); err == nil {
			c = c.Without(at)
		}
	case strings.HasPrefix(do, "add ") && room:
		if at, err := strconv.Atoi(do[len("add "):]); err == nil && at >= 0 && at < len(c.Groups) {
			c.Groups[at] = append(c.Groups[at], Condition{})
		}
	}
	broken := slices.ContainsFunc(c.all(), func(row Condition) bool { return row.Err != "" })
	return c, do == applyFilter && !broken
}

func readRows(in *manifest.Collection, form url.Values, prefix string, read func(manifest.Field, string) (string, error)) []Condition {
	var rows []Condition
	for i := range MaxConditionRows {
		name := prefix + "r" + strconv.Itoa(i) + "."
		if !form.Has(name + "field") {
			continue
		}
		row := Condition{Field: form.Get(name + "field")}
		f, ok := fieldOf(in, row.Field)
		offered := operators(f)
		if !ok || len(offered) == 0 {
			rows = append(rows, Condition{})
			continue
		}
		// Another field has other operators.
		o, ok := operatorOf(f, form.Get(name+"op"))
		if !ok || form.Get(name+"of") != row.Field {
			o = offered[0]
		}
		row.Op = o.Name
		if form.Get(name+"of") == row.Field && form.Get(name+"as") == strconv.Itoa(int(o.Input)) {
			row.fill(f, o, form[name+"value"], read)
		}
		rows = append(rows, row)
	}
	return rows
}

// fill takes over what was filled in.
func (row *Condition) fill(f manifest.Field, o Operator, values []string, read func(manifest.Field, string) (string, error)) {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.TrimSpace(v) == "" })
	if o.Input == NoInput || len(values) == 0 {
		return
	}
	switch o.Input {
	case TextInput:
		row.Typed = values[0]
		value, err := values[0], error(nil)
		if number(f) {
			value, err = read(f, values[0])
		}
		if err != nil {
			row.Err = err.Error()
			return
		}
		values = []string{value}
	case DaysInput:
		if n, err := strconv.Atoi(strings.TrimSpace(values[0])); err != nil || n < 0 || n > 36500 {
			row.Typed, row.Err = values[0], "days"
			return
		}
		values = []string{strings.TrimSpace(values[0])}
	}
	row.Values = values
}

// FilterPanel is what people fill in to narrow a list down.
type FilterPanel struct {
	Action string // the panel's own address
	List   string // of all records
	Hidden []ui.Hidden
	Any    bool
	Rows   []PanelRow
	Groups [][]PanelRow
	Full   bool
}

// PanelRow is a row of the panel.
type PanelRow struct {
	Name    string // of its inputs, with the point: "r0."
	At      int    // its place among all rows
	Fields  []ui.Choice
	Ops     []ui.Choice
	Field   string
	Input   Input
	Value   string
	Number  bool
	Choices []ui.Choice // options that can be ticked
	Options []ui.Choice // records
	Lookup  string      // where more records are asked for
	Fixed   string      // a condition that a row cannot show
	Err     string
}

// PanelOptions are what the panel needs besides the conditions.
type PanelOptions struct {
	Base, ModuleBase string
	Currency         string     // in which amounts are typed
	State            url.Values // of the list besides its conditions
	Visible          func(field string) bool
	Records          map[string][]Option // by reference or member
}

// NewFilterPanel draws conditions as rows; without any there is one to begin with.
func NewFilterPanel(p *i18n.Printer, in *manifest.Collection, c Conditions, o PanelOptions) FilterPanel {
	panel := FilterPanel{Action: o.Base + "/filter", List: o.Base, Any: c.Any, Full: c.Count() >= MaxConditionRows}
	if len(o.State) > 0 {
		panel.List += "?" + o.State.Encode()
	}
	for _, name := range []string{"view", "q", "order", "columns"} {
		if value := o.State.Get(name); value != "" {
			panel.Hidden = append(panel.Hidden, ui.Hidden{Name: name, Value: value})
		}
	}
	if c.Count() == 0 {
		c.Rows = []Condition{{}}
	}
	at := 0
	row := func(prefix string, i int, c Condition) PanelRow {
		r := newPanelRow(p, in, c, o)
		r.Name, r.At = prefix+"r"+strconv.Itoa(i)+".", at
		at++
		return r
	}
	for i, c := range c.Rows {
		panel.Rows = append(panel.Rows, row("", i, c))
	}
	for g, rows := range c.Groups {
		var group []PanelRow
		for i, c := range rows {
			group = append(group, row("g"+strconv.Itoa(g)+".", i, c))
		}
		panel.Groups = append(panel.Groups, group)
	}
	return panel
}

func newPanelRow(p *i18n.Printer, in *manifest.Collection, c Condition, o PanelOptions) PanelRow {
	r := PanelRow{Field: c.Field}
	if c.node != nil {
		_, r.Fixed = ConditionsQuery(c.node)
		return r
	}
	r.Fields = []ui.Choice{{Label: p.T("filter.field"), Selected: c.Field == ""}}
	for _, f := range in.Fields {
		if len(operators(f)) > 0 && (o.Visible == nil || o.Visible(f.Name)) {
			r.Fields = append(r.Fields, ui.Choice{Value: f.Name, Label: f.Label, Selected: f.Name == c.Field})
		}
	}
	f, ok := fieldOf(in, c.Field)
	if !ok {
		return r
	}
	for _, op := range operators(f) {
		r.Ops = append(r.Ops, ui.Choice{Value: op.Name, Label: p.T("condition." + op.Name), Selected: op.Name == c.Op})
		if op.Name == c.Op {
			r.Input = op.Input
		}
	}
	r.Number = number(f)
	switch r.Input {
	case ChoicesInput:
		for _, option := range f.Options {
			r.Choices = append(r.Choices, ui.Choice{Value: option.Value, Label: firstOf(option.Label, option.Value), Selected: slices.Contains(c.Values, option.Value)})
		}
	case RecordInput:
		if f.Kind == manifest.KindReference {
			r.Lookup = o.ModuleBase + "/" + f.To + "/options"
		}
		for _, option := range o.Records[f.Name] {
			r.Options = append(r.Options, ui.Choice{Value: option.ID, Label: option.Title, Selected: slices.Contains(c.Values, option.ID)})
		}
	default:
		if r.Value = c.Typed; r.Value == "" && len(c.Values) > 0 {
			r.Value = typedCondition(p, f, c.Values[0], o.Currency)
		}
	}
	switch {
	case c.Err == "days":
		r.Err = p.T("filter.days.wrong")
	case c.Err != "":
		r.Err = p.T("filter.value.wrong")
	}
	return r
}

// typedCondition writes a value as people type it.
func typedCondition(p *i18n.Printer, f manifest.Field, value, currency string) string {
	if f.Kind == manifest.KindMoney {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return p.Amount(money.Money{Amount: n, Currency: currency})
		}
	}
	return typedText(p, f, value)
}

// Chip is a condition in words, above the list.
type Chip struct {
	Text   string
	Remove string // address of the list without it
}

// chips say what the list is narrowed down by.
func chips(p *i18n.Printer, in *manifest.Collection, o ListOptions) []Chip {
	var all []Chip
	c := o.Conditions
	chip := func(words string, left Conditions) {
		name, value := ConditionsQuery(left.Node(in))
		next := o
		next.WhereName, next.Where = name, value
		all = append(all, Chip{words, listURL(next, o.Order, 0)})
	}
	for i, row := range c.Rows {
		chip(row.words(p, in, o), c.Without(i))
	}
	for g, rows := range c.Groups {
		var words []string
		for _, row := range rows {
			words = append(words, row.words(p, in, o))
		}
		between := p.T("filter.or")
		if c.Any {
			between = p.T("filter.and")
		}
		left := c
		left.Groups = slices.Delete(slices.Clone(c.Groups), g, g+1)
		chip(strings.Join(words, " "+between+" "), left)
	}
	return all
}

// words say a row in a sentence: "First day in the next 7 days".
func (row Condition) words(p *i18n.Printer, in *manifest.Collection, o ListOptions) string {
	f, ok := fieldOf(in, row.Field)
	if !ok {
		_, value := ConditionsQuery(row.node)
		return value
	}
	var shown []string
	for _, value := range row.Values {
		switch {
		case f.Kind == manifest.KindReference:
			shown = append(shown, firstOf(o.Called[value], p.T("record.gone")))
		case f.Kind == manifest.KindMember:
			shown = append(shown, firstOf(o.People[value], p.T("record.gone")))
		case f.Kind == manifest.KindMoney:
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				value = p.Amount(money.Money{Amount: n, Currency: o.Currency})
			}
			shown = append(shown, value)
		case f.Kind == manifest.KindDatetime:
			shown = append(shown, p.CivilDate(value))
		case f.Many || f.Kind == manifest.KindChoice || f.Kind == manifest.KindState:
			shown = append(shown, optionLabel(f, value))
		default:
			shown = append(shown, shownText(p, f, value))
		}
	}
	return f.Label + " " + p.T("condition.chip."+row.Op, "value", strings.Join(shown, ", "))
}
