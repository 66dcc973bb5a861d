package gateway

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// languagesPage is GET /app/{site}/languages: the languages of the content.
func languagesPage(c *call) (answer, error) { return c.showLanguages(http.StatusOK, nil) }

func (c *call) showLanguages(status int, refused *errs.Error) (answer, error) {
	f, err := c.frame(c.words.T("languages.title"), c.siteCrumb())
	if err != nil {
		return answer{}, err
	}
	view := screen.Languages{Own: c.language(c.site.Locale), Submit: c.siteBase() + "/languages"}
	for _, tag := range c.site.Languages {
		view.Others = append(view.Others, c.language(tag))
	}
	own := append(c.languages(), i18n.Base(c.site.Locale))
	for _, l := range c.words.Languages() {
		if !slices.Contains(own, l.Code) {
			view.Offers = append(view.Offers, screen.Language{Tag: l.Code, Name: l.Name})
		}
	}
	if refused != nil {
		view.Error = refused.Message
		for _, field := range refused.Fields {
			view.Error = field.Message
		}
	}
	return answer{status: status, page: screen.LanguagesPage(f, view)}, nil
}

func (c *call) language(tag string) screen.Language {
	return screen.Language{Tag: tag, Name: c.words.LanguageName(tag)}
}

// submitLanguage is POST /app/{site}/languages: one language comes or goes.
func submitLanguage(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	tag, said, tags := form.Get("remove"), "flash.language.removed", slices.Clone(c.site.Languages)
	if tag != "" {
		tags = slices.DeleteFunc(tags, func(t string) bool { return t == tag })
	} else {
		tag, said = form.Get("add"), "flash.language.added"
		tags = append(tags, tag)
	}
	if _, err := c.setLanguages(tags); err != nil {
		if e, ok := formError(err); ok {
			return c.showLanguages(statuses[e.Kind], e)
		}
		return answer{}, err
	}
	c.flash(said, c.words.LanguageName(tag))
	return redirect(c.siteBase() + "/languages")
}

// translatable reports whether records of the collection have translations on
// the site.
func (c *call) translatable(in *collection.Collection) bool {
	return len(c.site.Languages) > 0 && in.Translatable() != nil
}

// translationForm is GET /app/{site}/{module}/{collection}/{id}/translations: a
// record's values in the language of the address, else in the first. A record
// that has no translations is shown itself.
func translationForm(c *call) (answer, error) {
	id, records, err := c.record("read")
	if err != nil {
		return answer{}, err
	}
	if c.translatable(c.running.collection) {
		return c.showTranslation(http.StatusOK, id, nil, nil)
	}
	if _, err := records.Get(c.ctx, id, collection.Query{}); err != nil {
		return answer{}, err
	}
	return redirect(c.collectionBase() + "/" + id.String())
}

// translationLanguage is the one that the address names, else the first.
func (c *call) translationLanguage() (string, error) {
	asked := c.query().Get("language")
	switch {
	case asked == "" && len(c.site.Languages) > 0:
		return c.site.Languages[0], nil
	case !slices.Contains(c.site.Languages, asked):
		return "", errs.Missing()
	}
	return asked, nil
}

func (c *call) showTranslation(status int, id uuid.UUID, typed url.Values, refused *errs.Error) (answer, error) {
	in := c.running.collection
	language, err := c.translationLanguage()
	if err != nil {
		return answer{}, err
	}
	records, err := c.records(in.Name, "read")
	if err != nil {
		return answer{}, err
	}
	options := screen.TranslationOptions{
		FormOptions: screen.FormOptions{
			Base: c.collectionBase(), ModuleBase: c.moduleBase(), ID: id.String(), Err: refused, Currency: c.site.Currency,
			CanUpdate: c.running.grants.Can(in.Name, "update"), Typed: typed, Visible: records.Access.Visible,
		},
		Page: c.collectionBase() + "/" + id.String() + "/translations", Language: language, Own: c.words.LanguageName(c.site.Locale),
	}
	for _, tag := range c.site.Languages {
		options.Languages = append(options.Languages, c.language(tag))
	}
	if options.Record, err = records.Get(c.ctx, id, collection.Query{}); err != nil {
		return answer{}, err
	}
	if options.Translations, err = records.Translations(c.ctx, id); err != nil {
		return answer{}, err
	}
	form, err := screen.NewTranslation(c.words, in.Collection, options)
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(form.Title, c.siteCrumb(), screen.Crumb{Label: c.running.Title, URL: c.moduleBase()},
		screen.Crumb{Label: in.Plural, URL: c.collectionBase()}, screen.Crumb{Label: form.Title, URL: form.Cancel})
	if err != nil {
		return answer{}, err
	}
	form.Title = c.words.T("translate.title")
	return answer{status: status, page: screen.FormPage(f, form)}, nil
}

// submitTranslation is POST /app/{site}/{module}/{collection}/{id}/translations.
func submitTranslation(c *call) (answer, error) {
	in := c.running.collection
	id, records, err := c.record("update")
	if err != nil {
		return answer{}, err
	}
	if !c.translatable(in) {
		return translationForm(c)
	}
	language, err := c.translationLanguage()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	values, err := in.DecodeTranslationForm(form, c.formLocale())
	if err == nil {
		err = records.Translate(c.ctx, id, language, values, formVersion(form))
	}
	if e, ok := formError(err); err != nil && ok {
		return c.showTranslation(statuses[e.Kind], id, form, e)
	}
	if err != nil {
		return answer{}, err
	}
	c.flash("flash.translation.saved", c.words.LanguageName(language))
	return redirect(c.collectionBase() + "/" + id.String() + "/translations?language=" + url.QueryEscape(language))
}
