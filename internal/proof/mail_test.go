package proof

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// mailbox is the mail server of the tests, where everybody's letters arrive.
type mailbox struct {
	url string

	mu      sync.Mutex
	letters []letter
}

// letter is one message as it arrived.
type letter struct{ to, text string }

func openMailbox(ctx context.Context) (*mailbox, func() error, error) {
	box := &mailbox{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{box: box}, nil }))
	server.Domain = "localhost"
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	go func() { _ = server.Serve(listener) }()
	box.url = "smtp://" + listener.Addr().String()
	return box, server.Close, nil
}

// delivery is one conversation with the mail server.
type delivery struct {
	box *mailbox
	to  []string
}

func (d *delivery) Reset()                               { d.to = nil }
func (d *delivery) Logout() error                        { return nil }
func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	text, err := plainText(r)
	if err != nil {
		return err
	}
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	for _, to := range d.to {
		d.box.letters = append(d.box.letters, letter{to, text})
	}
	return nil
}

// plainText reads the first part of a message, which is its text.
func plainText(r io.Reader) (string, error) {
	message, err := netmail.ReadMessage(r)
	if err != nil {
		return "", err
	}
	_, boundary, _ := strings.Cut(message.Header.Get("Content-Type"), "boundary=")
	part, err := multipart.NewReader(message.Body, strings.Trim(boundary, `"`)).NextRawPart()
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	_, err = text.ReadFrom(quotedprintable.NewReader(part))
	return text.String(), err
}

var linkPattern = regexp.MustCompile(`https?://\S+`)

// followLetter opens the link of the last letter to the address, as soon as it
// has come.
func (b *tab) followLetter(to string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		shared.mail.mu.Lock()
		all := slices.Clone(shared.mail.letters)
		shared.mail.mu.Unlock()
		for _, l := range slices.Backward(all) {
			if l.to == to {
				b.open(linkPattern.FindString(l.text))
				return
			}
		}
	}
	b.fail("no letter has come to %s", to)
}
