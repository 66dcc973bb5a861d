package page

import (
	"context"
	"fmt"
	"html/template"
	"strconv"
	"time"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// BlockInput is one block of a page.
type BlockInput struct {
	Template *Template
	// Properties are what the site chose; a property that is absent has its
	// declared default.
	Properties map[string]any
	// Settings are the values of the module's settings on the site: string for
	// text and dates, int64, money.Money, nil for empty. One that is absent is
	// empty: declared defaults are filled in already.
	Settings map[string]any
	// Load runs a query of the block as the visitor and returns the records that
	// the visitor may see, as they are in JSON. It is called from several
	// goroutines. Nil: every query is empty.
	Load func(ctx context.Context, q manifest.Query, properties map[string]any) ([]map[string]any, error)
	// Choices returns the records that a visitor may pick for a reference. Nil,
	// or none: forms leave the reference out.
	Choices func(ctx context.Context, f manifest.Field) ([]Choice, error)
	// Translate returns the module's text in the page's language. Nil: as it is.
	Translate func(text string) string
}

// Problem is a block that was left out of a page, and why.
type Problem struct {
	Index  int // of the block in the input
	Module string
	Block  string
	Err    error
}

// Error implements error, for the log.
func (p Problem) Error() string {
	return fmt.Sprintf("block %d (%s.%s): %v", p.Index, p.Module, p.Block, p.Err)
}

// Unwrap returns why the block was left out.
func (p Problem) Unwrap() error { return p.Err }

// section is a drawn block.
type section struct {
	class  string
	markup string // empty: the block is left out
}

// renderBlock draws one block within its limits. It returns when the time is
// over even if what was called does not; that ends at its next step.
func renderBlock(ctx context.Context, in *Input, index int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, in.Limits.Time)
	type result struct {
		markup []byte
		err    error
	}
	done := make(chan result, 1)
	go func() {
		defer cancel()
		var r result
		defer func() {
			if p := recover(); p != nil {
				r = result{err: fmt.Errorf("panic: %v", p)}
			}
			done <- r
		}()
		r.markup, r.err = drawBlock(ctx, in, index)
	}()
	select {
	case r := <-done:
		return string(r.markup), r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done: // both at once: the work was in time
		return string(r.markup), r.err
	default:
		return "", fmt.Errorf("the block took longer than %s: %w", in.Limits.Time, ctx.Err())
	}
}

func drawBlock(ctx context.Context, in *Input, index int) ([]byte, error) {
	b := &in.Blocks[index]
	data, err := blockData(ctx, in, b)
	if err != nil {
		return nil, err
	}
	w := &limited{ctx: ctx, left: in.Limits.Bytes}
	if err := b.Template.execute(w, newRun(ctx, in, index), data); err != nil {
		return nil, err
	}
	return tidy(w.out.Bytes())
}

// blockData loads what the template sees: its properties, the module's settings
// and one list per query.
func blockData(ctx context.Context, in *Input, b *BlockInput) (map[string]any, error) {
	properties := map[string]any{}
	for _, p := range b.Template.block.Properties {
		properties[p.Name] = value(p, in)
		if chosen, ok := b.Properties[p.Name]; ok {
			properties[p.Name] = chosen
		}
	}
	settings := map[string]any{}
	for _, s := range b.Template.module.Settings {
		settings[s.Name] = b.Settings[s.Name]
	}
	all := map[string]any{}
	for _, q := range b.Template.block.Queries {
		all[q.Name] = []any{}
		if b.Load == nil {
			continue
		}
		rows, err := b.Load(ctx, q, properties)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", q.Name, err)
		}
		all[q.Name] = rows
	}
	all["properties"] = properties
	all["setting"] = settings
	return plainMap(all)
}

// value returns a declared default as it would be in JSON.
func value(f manifest.Field, in *Input) any {
	switch v := f.Default.(type) {
	case manifest.Money:
		return map[string]any{"amount": v.Amount, "currency": first(v.Currency, f.Currency, in.Site.Currency)}
	case manifest.Expression:
		if f.Kind == manifest.KindDate {
			return today(in.Now(), in.Site.TimeZone)
		}
		return nil
	default:
		return v
	}
}

// newRun gives the template's functions what they know of this block.
func newRun(ctx context.Context, in *Input, index int) *run {
	b := &in.Blocks[index]
	r := &run{ctx: ctx, words: in.Words, currency: in.Site.Currency, translate: b.Translate}
	if r.translate == nil {
		r.translate = func(text string) string { return text }
	}
	drawn := 0
	r.form = func(name string) (template.HTML, error) {
		c, a, ok := action(b.Template.module, name)
		if !ok {
			return "", fmt.Errorf("form: there is no action %q", name)
		}
		drawn++
		o := formOptions{
			id:    formID(index, drawn, c.Name, a.Name),
			words: in.Words, currency: in.Site.Currency, today: today(in.Now(), in.Site.TimeZone), state: in.Form, settings: b.Settings,
		}
		if b.Choices != nil {
			o.choices = func(f manifest.Field) ([]Choice, error) { return b.Choices(ctx, f) }
		}
		f, err := newForm(b.Template.module, c, a, o)
		if err != nil {
			return "", err
		}
		return draw(ctx, f, in.Words)
	}
	return r
}

// formID is unique in the document and the same each time.
func formID(block, form int, collection, action string) string {
	id := "b" + strconv.Itoa(block+1) + "-" + collection + "-" + action
	if form > 1 {
		id += "-" + strconv.Itoa(form)
	}
	return id
}

// Limits bound what one block may take. Zero values mean the usual ones.
type Limits struct {
	Time  time.Duration // loading and drawing; 300 ms
	Bytes int           // output; 256 KB
}

func (l Limits) orUsual() Limits {
	if l.Time == 0 {
		l.Time = 300 * time.Millisecond
	}
	if l.Bytes == 0 {
		l.Bytes = 256 << 10
	}
	return l
}
