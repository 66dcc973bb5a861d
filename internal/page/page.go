package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"
)

// maxParallel is how many blocks of one page are drawn at once.
const maxParallel = 8

// Input is all that a page depends on.
type Input struct {
	Site   Site
	Lang   string // BCP 47, of the document; empty: the site's locale
	CSS    string // address of the style sheet
	Blocks []BlockInput
	Form   *FormState // nil: nobody has just sent a form
	Notice *Notice    // nil: the blocks; otherwise it stands in their place
	Words  Words
	Now    func() time.Time
	Limits Limits
}

// Notice is what a page of the site says when it cannot show what was asked for.
type Notice struct {
	Title, Text, Back string // Back is the label of the link to the home page; empty: there is none
}

// Site is what a page says about its site.
type Site struct {
	Name     string
	Locale   string // BCP 47
	Currency string // ISO 4217
	TimeZone string // IANA
	URL      string // of the home page, absolute
}

// Output is a drawn page.
type Output struct {
	HTML []byte
	// ETag is quoted, and the same for the same bytes.
	ETag string
	// Problems are the blocks that were left out, in their order. A page with
	// problems is worth showing and not worth caching.
	Problems []Problem
}

// Render draws a page. The error is the context's: a block's failure is a
// Problem and leaves a hidden, empty section.
func Render(ctx context.Context, in Input) (Output, error) {
	in.Limits = in.Limits.orUsual()
	in.Lang = first(in.Lang, in.Site.Locale, "en")
	sections, problems := renderBlocks(ctx, &in)
	if err := ctx.Err(); err != nil {
		return Output{}, fmt.Errorf("draw the page: %w", err)
	}
	var b bytes.Buffer
	if err := documentView(newDocument(&in), sections, in.Notice, in.Words).Render(ctx, &b); err != nil {
		return Output{}, fmt.Errorf("draw the page: %w", err)
	}
	sum := sha256.Sum256(b.Bytes())
	return Output{HTML: b.Bytes(), ETag: `"` + hex.EncodeToString(sum[:16]) + `"`, Problems: problems}, nil
}

// renderBlocks draws the blocks side by side and returns them in order.
func renderBlocks(ctx context.Context, in *Input) ([]section, []Problem) {
	sections := make([]section, len(in.Blocks))
	failures := make([]error, len(in.Blocks))
	slots := make(chan struct{}, maxParallel)
	var all sync.WaitGroup
	for i := range in.Blocks {
		all.Add(1)
		go func() {
			defer all.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			t := in.Blocks[i].Template
			sections[i].class = "block-" + t.module.ID + "-" + t.block.Name
			sections[i].markup, failures[i] = renderBlock(ctx, in, i)
		}()
	}
	all.Wait()
	var problems []Problem
	for i, err := range failures {
		if err != nil {
			t := in.Blocks[i].Template
			problems = append(problems, Problem{Index: i, Module: t.module.ID, Block: t.block.Name, Err: err})
		}
	}
	return sections, problems
}

// document is what the frame of the page shows.
type document struct {
	name, lang, title, description string
	canonical, css, icon           string
	year                           string
}

func newDocument(in *Input) document {
	d := document{
		name: in.Site.Name, lang: in.Lang, title: in.Site.Name,
		description: in.Words.T("page.summary", "site", in.Site.Name),
		css:         in.CSS, icon: icon(in.Site.Name),
		year: today(in.Now(), in.Site.TimeZone)[:4],
	}
	if address, ok := webAddress(in.Site.URL); ok {
		d.canonical = address
	}
	if in.Notice != nil {
		d.title, d.canonical = in.Notice.Title+" · "+in.Site.Name, ""
	}
	if in.Form != nil && len(in.Form.Errors) > 0 {
		d.title = in.Words.T("page.title.refused", "site", in.Site.Name)
	}
	return d
}
