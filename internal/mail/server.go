package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Server is the SMTP server that mail leaves by.
type Server struct {
	host    string
	options []gomail.Option
	from    mail.Address
}

// sendTimeout is how long one message may take.
const sendTimeout = 30 * time.Second

// NewServer reads an address like smtp://user:password@mail.example.com:587 and
// the sender's. smtps is TLS from the first byte; smtp goes over to TLS and
// sends nothing if the server cannot, unless it is on this machine.
func NewServer(address, from string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, errors.New("this is not an address like smtp://user:password@mail.example.com:587") // the parser's own words may repeat the password
	}
	s := &Server{host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(sendTimeout)}}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender %q is not an address like DRAMAC <mail@example.com>", from)
	}
	s.from = *sender
	if u.Scheme == "smtps" {
		s.options = append(s.options, gomail.WithSSLPort(false))
	} else if local(u.Hostname()) {
		s.options = append(s.options, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	} else {
		s.options = append(s.options, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("the port is not a number")
		}
		s.options = append(s.options, gomail.WithPort(port))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, domain, ok := strings.Cut(s.from.Address, "@"); ok {
		s.options = append(s.options, gomail.WithHELO(domain))
	}
	return s, nil
}

// local reports whether a host is this machine, to which nobody listens.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// send hands one message over. refused says that the server will never take it.
func (s *Server) send(ctx context.Context, m due, body content) (refused bool, err error) {
	message, err := s.message(m, body)
	if err != nil {
		return true, err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, message)
	var said *gomail.SendError
	return errors.As(err, &said) && !said.IsTemp() && said.ErrorCode() >= 500, err
}

// message is the message as it travels.
func (s *Server) message(m due, body content) (*gomail.Msg, error) {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from := s.from
	if m.Sender != "" {
		from.Name = m.Sender
	}
	message.FromMailAddress(&from)
	if err := message.To(m.Recipient); err != nil {
		return nil, err
	}
	if m.ReplyTo != "" {
		if err := message.ReplyTo(m.ReplyTo); err != nil {
			return nil, err
		}
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	message.Subject(oneLine(m.Subject))
	message.SetDateWithValue(m.CreatedAt)
	message.SetMessageIDWithValue(m.ID.String() + "@" + domain) // the same at each attempt
	// Nobody's absence note is to answer a machine (RFC 3834).
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(gomail.TypeTextPlain, body.Text)
	message.AddAlternativeString(gomail.TypeTextHTML, body.HTML)
	return message, nil
}
