package mail

import (
	"context"
	"maps"
	"strings"

	"github.com/a-h/templ"
)

// letter is a message in its words, before it becomes text and HTML.
type letter struct {
	Language   string
	Sender     string
	Colour     string
	Subject    string
	Paragraphs []string
	Button     string // label; empty: the link stands for itself
	Link       string
	LinkText   string // before the address, for who cannot use the button
	Code       string
	Note       string
	Foot       string
}

// compose finds the words of a message.
func compose(m Message, from brand) letter {
	data := maps.Clone(m.Data)
	if data == nil {
		data = map[string]any{}
	}
	sender := from.Name
	if sender == "" {
		sender = m.Words.T("app.name")
	}
	data["sender"] = sender
	say := func(part string) string { return m.Words.TOr("mail."+m.Kind+"."+part, "", data) }
	l := letter{
		Language: m.Words.Language(), Sender: sender, Colour: from.Colour,
		Subject: oneLine(say("subject")), Button: say("button"), Link: m.Link, LinkText: m.Words.T("mail.link"), Code: m.Code,
		Note: say("note"), Foot: m.Words.T("mail.foot", data),
	}
	if !colourRE.MatchString(l.Colour) {
		l.Colour = colour
	}
	for paragraph := range strings.SplitSeq(say("text"), "\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			l.Paragraphs = append(l.Paragraphs, paragraph)
		}
	}
	return l
}

// text is the letter for those who read no HTML.
func (l letter) text() string {
	parts := append([]string{}, l.Paragraphs...)
	if l.Code != "" {
		parts = append(parts, "    "+l.Code)
	}
	if l.Link != "" {
		label := l.Button
		if label != "" {
			label += ":\n"
		}
		parts = append(parts, label+l.Link)
	}
	if l.Note != "" {
		parts = append(parts, l.Note)
	}
	return strings.Join(append(parts, "-- \n"+l.Sender+"\n"+l.Foot), "\n\n") + "\n"
}

// html is the letter as most people read it.
func (l letter) html(ctx context.Context) (string, error) {
	var b strings.Builder
	err := l.page().Render(ctx, &b)
	return b.String(), err
}

// head is the style of the line below the sender's name.
func (l letter) head() templ.SafeCSS {
	return templ.SafeCSS("padding:0 0 16px;border-bottom:3px solid " + l.Colour)
}

// button is the style of the button: white on the agency's colour, or black
// where white could not be read.
func (l letter) button() templ.SafeCSS {
	return templ.SafeCSS("display:inline-block;padding:12px 20px;border-radius:6px;text-decoration:none;font-weight:600;background:" +
		l.Colour + ";color:" + inkOn(l.Colour))
}
