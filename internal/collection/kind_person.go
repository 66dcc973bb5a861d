package collection

import (
	"bytes"
	"encoding/json"

	"github.com/google/uuid"
)

// Person is somebody the site knows, by id, or by what a writer knows of them:
// then the person is found or made when the record is written.
type Person struct {
	ID    uuid.UUID // the nil id: found or made by the rest
	Name  string
	Email string // lower case
	Phone string // E.164
}

// personKind is a Person. Column, JSON and filters call it <field>_id.
type personKind struct{ referenceKind }

func (personKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return personByID(text)
	}
	var in struct{ Name, Email, Phone string }
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, notPerson()
	}
	return tidyPerson(Person{Name: in.Name, Email: in.Email, Phone: in.Phone}, nil)
}

func notPerson() *problem {
	return wrong("not_person", `Must be the id of a person, or an object of name, email and phone.`)
}

func personByID(text string) (any, *problem) {
	id, p := recordID(text)
	if p != nil {
		return nil, notPerson()
	}
	return Person{ID: id.(uuid.UUID)}, nil
}

// tidyPerson normalises what is known of a person; typed by people if a locale
// is given. Somebody is known by an address or a number, not by a name alone.
func tidyPerson(in Person, loc *Locale) (any, *problem) {
	var found *problem
	read := func(part string, of Kind, value *string) {
		var kept any
		var p *problem
		if loc == nil {
			kept, p = of.literal(&Field{}, *value, moment{})
		} else if *value != "" {
			kept, p = of.parse(&Field{}, *value, *loc)
		}
		found = found.and(p.within(part))
		*value, _ = kept.(string)
	}
	read("name", textKind{most: longestName}, &in.Name)
	read("email", wordKind{emailWord{}}, &in.Email)
	read("phone", wordKind{phoneWord{}}, &in.Phone)
	if found != nil {
		return nil, found
	}
	if in == (Person{}) {
		return nil, nil
	}
	if p := (personKind{}).check(nil, in); p != nil {
		return nil, p
	}
	return in, nil
}

const longestName = 200

func (personKind) parse(_ *Field, text string, loc Locale) (any, *problem) {
	if value, p := personByID(text); p == nil {
		return value, nil
	}
	return tidyPerson(Person{Email: text}, &loc)
}

// readForm takes a person that was picked, or name, address and number of one.
func (k personKind) readForm(f *Field, inputs formInputs, loc Locale) (any, *problem) {
	if id := inputs.one(""); id != "" {
		return k.parse(f, id, loc)
	}
	return tidyPerson(Person{Name: inputs.one(".name"), Email: inputs.one(".email"), Phone: inputs.one(".phone")}, &loc)
}

func (personKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	switch v := value.(type) {
	case Person:
		return v, nil
	case uuid.UUID:
		return Person{ID: v}, nil
	case string:
		return personByID(v)
	}
	return nil, notPerson()
}

func (personKind) check(_ *Field, value any) *problem {
	p, ok := value.(Person)
	switch {
	case !ok:
		return notPerson()
	case p.ID == uuid.Nil && p.Email == "" && p.Phone == "":
		return wrong("required", "Give an e-mail address or a phone number.").within("email")
	}
	return nil
}

func (personKind) args(value any) []any {
	if p, ok := value.(Person); ok && p.ID != uuid.Nil {
		return []any{p.ID.String()}
	}
	return []any{nil}
}

// encode writes the id, or what is known of somebody who is still to be found.
func (personKind) encode(_ *Field, value any) (json.RawMessage, error) {
	p := value.(Person)
	if p.ID != uuid.Nil {
		return json.Marshal(p.ID)
	}
	known := map[string]string{}
	for part, text := range map[string]string{"name": p.Name, "email": p.Email, "phone": p.Phone} {
		if text != "" {
			known[part] = text
		}
	}
	return json.Marshal(known)
}

func (personKind) schema(*Field) map[string]any {
	text := map[string]any{"type": "string"}
	return map[string]any{"description": "The id of a person; written also as name, email and phone, by which the person is found or made.", "anyOf": []any{
		map[string]any{"type": "string", "format": "uuid"},
		map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{"name": text, "email": text, "phone": text}},
		map[string]any{"type": "null"},
	}}
}

func (personKind) text(_ *Field, value any) string {
	p := value.(Person)
	switch {
	case p.ID != uuid.Nil:
		return p.ID.String()
	case p.Email != "":
		return p.Email
	}
	return p.Phone
}

func (k personKind) parseText(f *Field, text, _ string) (any, *problem) {
	return k.parse(f, text, Locale{})
}
