package gateway

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// contentWanted is the language in which the call wants to read translatable
// values: the one of the site's that serves the header Accept-Language best.
// Empty is the site's own.
func (c *call) contentWanted() string {
	if len(c.site.Languages) == 0 {
		return ""
	}
	wanted := i18n.Wanted(c.request.Header.Get("Accept-Language"))
	if picked := i18n.Pick(wanted, c.languages()...); picked != c.site.Locale {
		return picked
	}
	return ""
}

// languages are the site's own language and those of its translations.
func (c *call) languages() []string {
	return append([]string{c.site.Locale}, c.site.Languages...)
}

// contentSent is the language that the body's values are in, by the header
// Content-Language; empty is the site's own. One that the site does not have is
// an error.
func (c *call) contentSent() (string, error) {
	text := c.request.Header.Get("Content-Language")
	if text == "" {
		return "", nil
	}
	all := c.languages()
	const none = "und"
	tag, ok := i18n.Tag(text)
	picked := none
	if ok {
		// What fits none of them is not the site's own.
		picked = i18n.Pick([]string{tag}, append([]string{none}, all...)...)
	}
	switch picked {
	case none:
		e := errs.New(errs.Invalid, "unknown_language", "The site has no content in the language %s.", text)
		for _, have := range all {
			e.Hint += ", " + have
		}
		e.Hint = "Its languages are: " + e.Hint[2:] + "."
		return "", e
	case c.site.Locale:
		return "", nil
	}
	return picked, nil
}

// inOwnLanguage refuses a body in another language than the site's own: what is
// new has no translation before it has a value.
func (c *call) inOwnLanguage() error {
	language, err := c.contentSent()
	if err != nil || language == "" {
		return err
	}
	return errs.New(errs.Invalid, "wrong_language", "Send these values in the site's own language, %s.", c.site.Locale).
		WithHint("A record that is there is translated by PATCH of it with the header Content-Language.")
}

// tellLanguage says which language the answer's values are in.
func (c *call) tellLanguage(h http.Header) {
	if len(c.site.Languages) == 0 || !c.running.release.Module.Translates() {
		return
	}
	h.Add("Vary", "Accept-Language")
	h.Set("Content-Language", c.site.Locale)
	if c.content != "" {
		h.Set("Content-Language", c.content)
	}
}

// translateRecord is PATCH of a record with the header Content-Language: its
// translatable values in another language of the site.
func (c *call) translateRecord(id uuid.UUID, records collection.Records, language string) (answer, error) {
	values, err := c.decodeAs(records.Collection.DecodeTranslation)
	if err != nil {
		return answer{}, err
	}
	expected, err := c.expectation(values)
	if err != nil {
		return answer{}, err
	}
	w, _, err := c.writingOne(records.Collection)
	if err != nil {
		return answer{}, err
	}
	w.query.Stripped = w.wanted.stripped
	c.content = language
	reading, readable := c.records(records.Collection.Name, "read")
	var found collection.Record
	err = records.Within(c.ctx, func(r collection.Records) error {
		err := expected.hold(func(version *int64) error { return r.Translate(c.ctx, id, language, values, version) })
		if err != nil || readable != nil {
			return err
		}
		reading.Scope = r.Scope
		found, err = reading.Find(c.ctx, id, w.query)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	if found.JSON == nil {
		return answer{status: http.StatusNoContent}, nil
	}
	a := c.written(http.StatusOK, found.JSON)
	if a.header == nil {
		a.header = http.Header{}
	}
	c.tellLanguage(a.header)
	return a, nil
}

// recordTranslations is GET /api/modules/{module}/{collection}/{id}/translations:
// the values that stand in for the record's in other languages.
func recordTranslations(c *call) (answer, error) {
	id, records, err := c.record("read")
	if err != nil {
		return answer{}, err
	}
	body, err := records.Translations(c.ctx, id)
	if err != nil {
		return answer{}, err
	}
	return jsonBody(http.StatusOK, body), nil
}
