package helpdesk

import (
	"strings"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

type fileMailIn struct {
	Mail string `json:"mail_id"`
}

type fileMailOut struct {
	Ticket string `json:"ticket"`
}

// fileMail makes a ticket of a mail that somebody saved as a text. The file that
// was uploaded is the action's; the ticket keeps a copy of its own.
func fileMail(c *sdk.Call, in fileMailIn) (fileMailOut, error) {
	saved, err := c.Files().Read(in.Mail)
	if err != nil {
		return fileMailOut{}, err
	}
	m := readMail(string(saved.Content))
	if m.From == "" || m.Subject == "" || m.Text == "" {
		return fileMailOut{}, errs.BadFields(errs.Field{Path: "mail_id", Code: "no_mail", Message: "A mail has a sender, a subject and a text."})
	}
	kept, err := c.Files().Store("ticket.mail", saved.Name, saved.Content)
	if err != nil {
		return fileMailOut{}, err
	}
	made, err := sdk.Create[Ticket](c.Records("ticket"), map[string]any{
		"title": m.Subject, "question": m.Text, "email": m.From, "mail_id": kept.ID,
	})
	return fileMailOut{Ticket: made.ID}, err
}

// readMail reads the headers that a ticket needs, and the text behind the first
// empty line.
func readMail(text string) Message {
	head, body, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	m := Message{Text: strings.TrimSpace(body)}
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "from":
			if _, address, named := strings.Cut(value, "<"); named {
				value = strings.TrimSuffix(address, ">")
			}
			m.From = value
		case "subject":
			m.Subject = value
		}
	}
	return m
}
