package screen

import (
	"net/url"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// NewAction makes the page of an action on a record: what it asks, with what the
// record has where a parameter is one of its fields, or what was typed when that
// was refused. An error means that the record's JSON is malformed.
func NewAction(p *i18n.Printer, c *manifest.Collection, a *manifest.Action, o FormOptions) (Form, error) {
	stored, err := decodeRecord(o.Record)
	if err != nil {
		return Form{}, err
	}
	stored.introduce(p, c.Fields, o.People)
	record := o.Base + "/" + url.PathEscape(o.ID)
	f := Form{
		Collection: c, Action: record + "/" + a.Name, Cancel: record,
		Title: stored.title(p, c), Version: stored.text("version"), States: states(c, stored, o.Visible),
		Asks: &Question{Label: a.Label, Text: firstOf(a.Confirm, a.Description), Icon: a.Icon},
	}
	maker := fieldMaker{p: p, currency: o.Currency, today: o.Today, settings: o.Settings, stored: stored, typed: o.Typed}
	section := FormSection{}
	for _, param := range a.Params {
		// The action is the permission to write what is else read only.
		param.Readonly, param.Immutable, param.Set = false, false, ""
		own := maker
		if _, isField := fieldOf(c, param.Name); !isField {
			own.stored, own.fresh = nil, true
		}
		section.Fields = append(section.Fields, own.reference(param, c, o))
	}
	if len(section.Fields) > 0 {
		f.Sections = []FormSection{section}
	}
	if err := f.complain(p, c, o, stored); err != nil {
		return Form{}, err
	}
	f.focus()
	return f, nil
}

// states are the record's states as badges.
func states(c *manifest.Collection, stored record, visible func(string) bool) []Badge {
	var all []Badge
	for _, f := range c.Fields {
		if value := stored.text(f.Name); f.Kind == manifest.KindState && value != "" && (visible == nil || visible(f.Name)) {
			all = append(all, Badge{Text: optionLabel(f, value), Color: optionColor(f, value)})
		}
	}
	return all
}

// moves are the actions that the record offers, below its address.
func moves(o FormOptions, record string) []Move {
	var all []Move
	for _, a := range o.Offer.Actions {
		all = append(all, Move{
			Label: a.Label, Icon: a.Icon, URL: record + "/" + a.Name, Asks: len(a.Params) > 0 || a.Confirm != "",
		})
	}
	return all
}

// closed says that the record's lock holds the field.
func closed(c *manifest.Collection, o FormOptions, field string) bool {
	return o.Offer.Locked && c.Lock != nil && !slices.Contains(c.Lock.Except, field)
}
