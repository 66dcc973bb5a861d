package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/mail"
)

// Config is everything that can be set from outside. Flags go before the
// environment, the environment before the defaults.
type Config struct {
	// Addr is the TCP address to listen on; port 0 takes any free one.
	Addr string `env:"DRAMAC_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	// URL is where people reach the server; sites answer on subdomains of its
	// host. Empty means localhost with the port of Addr.
	URL string `name:"url" env:"DRAMAC_URL" help:"Address that people use, when a proxy stands in front. Default: http://localhost with the port of --addr."`
	// Proxies are the addresses or networks of proxies in front of the server,
	// whose X-Forwarded-For names the client.
	Proxies []string `name:"proxies" env:"DRAMAC_PROXIES" help:"Addresses or networks of proxies in front, as 10.0.0.0/8, separated by commas; their X-Forwarded-For is believed."`
	// Data is the folder of everything the server keeps: the embedded
	// cluster, packages, the demo's log-ins.
	Data string `env:"DRAMAC_DATA" help:"Data folder. Default: /var/lib/dramac as root, else ~/.dramac."`
	// KeyFile holds the keys that seal values of the database; empty: "keys" in
	// the data folder.
	KeyFile string `name:"key-file" env:"DRAMAC_KEY_FILE" help:"File of the keys that seal values of the database. Default: keys in the data folder."`
	// Blob is the bucket of packages and files, in the notation of blob.ParseS3;
	// empty: they lie in the data folder.
	Blob string `env:"DRAMAC_BLOB" help:"Bucket of packages and files, as s3://bucket?endpoint=https://s3.example.com; credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Default: the data folder."`
	// SMTP is the mail server, in the notation of mail.NewServer; empty: nothing
	// leaves the machine. MailFrom is the sender.
	SMTP     string `name:"smtp" env:"DRAMAC_SMTP" help:"Mail server, as smtp://user:password@mail.example.com:587 or smtps://…:465. Without it no mail leaves the machine."`
	MailFrom string `name:"mail-from" env:"DRAMAC_MAIL_FROM" help:"Sender of mail, as \"DRAMAC <mail@example.com>\"; needed with a mail server."`
	// ClosedSignUp leaves it to invitations who gets an account.
	ClosedSignUp bool `name:"closed-sign-up" env:"DRAMAC_CLOSED_SIGN_UP" help:"Let nobody create an account and an agency by themselves."`
	// DatabaseURL names an existing PostgreSQL server; empty runs one of our own.
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" help:"An existing PostgreSQL database; without it the server runs its own."`
	// AllowSuperuser lets a server work as a role to whom row security does not apply.
	AllowSuperuser bool `name:"allow-superuser" env:"DRAMAC_ALLOW_SUPERUSER" help:"Work although the database role is a superuser or bypasses row security, which keeps tenants apart."`
	// PGBin is the folder of the PostgreSQL binaries; empty searches for them.
	PGBin string `name:"pg-bin" env:"DRAMAC_PG_BIN" help:"Folder of the PostgreSQL binaries, if they are not found by themselves."`
	// Log is the format of the log on standard error: text or json.
	Log string `env:"DRAMAC_LOG" default:"text" help:"Format of the log: text or json."`
}

// complete puts in the defaults that depend on the machine.
func (c Config) complete() Config {
	if c.Data != "" {
		// Named already.
	} else if os.Getuid() == 0 {
		c.Data = "/var/lib/dramac"
	} else if home, err := os.UserHomeDir(); err == nil {
		c.Data = filepath.Join(home, ".dramac")
	}
	if c.KeyFile == "" && c.Data != "" {
		c.KeyFile = filepath.Join(c.Data, "keys")
	}
	return c
}

// Check returns everything that is wrong with the configuration, at once.
func (c Config) Check() error {
	var all []error
	fault := func(name, format string, args ...any) {
		all = append(all, fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...)))
	}
	if _, port, err := net.SplitHostPort(c.Addr); err != nil {
		fault("DRAMAC_ADDR", "%q is not an address like 127.0.0.1:8080", c.Addr)
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		fault("DRAMAC_ADDR", "the port %q is not a number from 0 to 65535", port)
	}
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || (u.Path != "" && u.Path != "/") {
			fault("DRAMAC_URL", "%q is not an address like https://cms.example.com", c.URL)
		}
	}
	for _, text := range c.Proxies {
		if _, err := network(text); err != nil {
			fault("DRAMAC_PROXIES", "%q is not an address or a network like 10.0.0.0/8", text)
		}
	}
	if c.Data == "" {
		fault("DRAMAC_DATA", "the user has no home folder, so the data folder must be named")
	} else if info, err := os.Stat(c.Data); err == nil && !info.IsDir() {
		fault("DRAMAC_DATA", "%s is a file, not a folder", c.Data)
	}
	if c.Blob != "" {
		if _, err := blob.ParseS3(c.Blob); err != nil {
			fault("DRAMAC_BLOB", "%w", err)
		}
	}
	if c.SMTP != "" {
		if _, err := mail.NewServer(c.SMTP, c.MailFrom); err != nil {
			fault("DRAMAC_SMTP, DRAMAC_MAIL_FROM", "%w", err)
		}
	}
	if info, err := os.Stat(c.KeyFile); err == nil && !info.Mode().IsRegular() {
		fault("DRAMAC_KEY_FILE", "%s is no file", c.KeyFile)
	}
	if c.DatabaseURL != "" {
		// The parser's own words may repeat the password.
		if _, err := pgconn.ParseConfig(c.DatabaseURL); err != nil {
			fault("DATABASE_URL", "this is not an address like postgres://user:password@host:5432/database")
		}
	} else if c.PGBin != "" {
		if _, err := os.Stat(filepath.Join(c.PGBin, "postgres")); err != nil {
			fault("DRAMAC_PG_BIN", "%s holds no program named postgres", c.PGBin)
		}
	}
	if c.Log != "text" && c.Log != "json" {
		fault("DRAMAC_LOG", "%q is neither text nor json", c.Log)
	}
	return errors.Join(all...)
}

// network reads an address, or a network in CIDR notation.
func network(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// proxies returns the trusted networks; Check has told of those that are none.
func (c Config) proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range c.Proxies {
		if prefix, err := network(text); err == nil {
			all = append(all, prefix)
		}
	}
	return all
}

// bucket is where packages and files lie, with the credentials of the
// environment; nil: in the data folder.
func (c Config) bucket(env func(string) string) *blob.S3Options {
	if c.Blob == "" {
		return nil
	}
	o, err := blob.ParseS3(c.Blob) // Check has told what is wrong with it
	if err != nil {
		return nil
	}
	o.AccessKey, o.SecretKey, o.SessionToken = env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")
	return &o
}

// mailServer is where mail goes; nil: nowhere. Check has told what is wrong with it.
func (c Config) mailServer() *mail.Server {
	if c.SMTP == "" {
		return nil
	}
	server, err := mail.NewServer(c.SMTP, c.MailFrom)
	if err != nil {
		return nil
	}
	return server
}

// baseURL is where people reach a server that listens on addr.
func (c Config) baseURL(addr net.Addr) *url.URL {
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err == nil {
			return &url.URL{Scheme: u.Scheme, Host: u.Host}
		}
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err == nil && addr != nil {
		_, port, err = net.SplitHostPort(addr.String())
	}
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
}

// logger returns the process's log; JSON is for machines.
func (p *process) logger() *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if p.config.Log == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}

// environ is the environment as the search for PostgreSQL reads it, with what a
// flag says put over it.
func (p *process) environ(name string) string {
	if name == "DRAMAC_PG_BIN" {
		return p.config.PGBin
	}
	return p.env(name)
}
