package proof

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a step may take before the test fails. It is long,
// because other packages' tests run at the same time.
const patience = 20 * time.Second

// findBrowser looks where tools/chromium.sh looks.
func findBrowser() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	for _, file := range []string{
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
	} {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", errors.New("these tests need Chromium or Google Chrome, and neither is in PATH: run tools/chromium.sh, which installs one or says how")
}

// startBrowser starts a browser with an empty profile. What it is told keeps it
// from talking to anybody but the pages.
func startBrowser() (context.Context, func(), error) {
	program, err := findBrowser()
	if err != nil {
		return nil, nil, err
	}
	allocator, release := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(program), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("use-mock-keychain", true),
	)
	browser, closeBrowser := chromedp.NewContext(allocator)
	stop := func() { closeBrowser(); release() }
	if err := chromedp.Do(browser); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start %s: %w", program, err)
	}
	return browser, stop, nil
}

// tab is a tab of the browser with somebody in front of it. Its steps end the
// test when they cannot be done.
type tab struct {
	t    testing.TB
	ctx  context.Context
	seen *traffic
}

// newPerson opens a tab of somebody whom no site knows yet: no cookies, nothing
// kept. When the test ends, everything that the tab loaded must have been ours
// and nothing may have been complained about on the console.
func newPerson(t testing.TB, s *server) *tab {
	t.Helper()
	return openTab(t, s, shared.browser, chromedp.WithNewBrowserContext())
}

// anotherTab opens a second tab of the same person.
func (b *tab) anotherTab(s *server) *tab {
	b.t.Helper()
	return openTab(b.t, s, b.ctx)
}

func openTab(t testing.TB, s *server, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	seen := &traffic{server: s}
	ctx, closeTab := chromedp.NewContext(parent, append(options, chromedp.WithListener(seen.note))...)
	t.Cleanup(closeTab)
	b := &tab{t: t, ctx: ctx, seen: seen}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	err := chromedp.Listen(ctx, func(event any) {
		if _, ok := event.(*page.EventJavascriptDialogOpening); ok {
			// "Leave without saving?" is answered with yes.
			go func() {
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.appearance(1440, "light")
	t.Cleanup(func() {
		for _, complaint := range seen.complaints() {
			t.Error(complaint)
		}
	})
	return b
}

// do runs actions of chromedp within the patience of a step.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.fail("%v", err)
	}
}

// fail ends the test and says what the person had before their eyes.
func (b *tab) fail(format string, args ...any) {
	b.t.Helper()
	said := fmt.Sprintf(format, args...)
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		shown = err.Error()
	}
	b.t.Fatalf("%s\non the page %s", said, shown)
}

// traffic is what a tab loaded and what was said on its console.
type traffic struct {
	server    *server
	mu        sync.Mutex
	faults    []string
	documents []string // addresses of pages; those may be refused with 4xx
	failed    []failedLoad
	loaded    []load
}

// load is one answer that a tab got.
type load struct {
	address string
	kind    network.ResourceType
	status  int64
}

type failedLoad struct{ address, text string }

// note is called by the browser for every event of the tab.
func (s *traffic) note(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			s.documents = append(s.documents, e.Request.URL)
		}
		if !s.ours(e.Request.URL) {
			s.faults = append(s.faults, "a request went elsewhere: "+e.Request.URL)
		}
	case *network.EventResponseReceived:
		s.loaded = append(s.loaded, load{e.Response.URL, e.Type, e.Response.Status})
	case *runtime.EventExceptionThrown:
		s.faults = append(s.faults, "a script failed: "+(&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			s.faults = append(s.faults, fmt.Sprintf("the console says: %s", e.Args[0].Value))
		}
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceNetwork {
			s.failed = append(s.failed, failedLoad{e.Entry.URL, e.Entry.Text})
		} else if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			s.faults = append(s.faults, "the browser complains: "+e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// ours reports whether an address is of the server or of the page itself.
func (s *traffic) ours(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Scheme == "data" || u.Scheme == "about" || u.Scheme == "blob" {
		return true
	}
	base, err := url.Parse(s.server.url)
	return err == nil && (u.Host == base.Host || strings.HasSuffix(u.Host, "."+base.Host))
}

func (s *traffic) complaints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.faults)
	for _, f := range s.failed {
		if !slices.Contains(s.documents, f.address) || !strings.Contains(f.text, "status of 4") {
			all = append(all, "not loaded: "+f.address+": "+f.text)
		}
	}
	return all
}

// addresses returns what was loaded of one kind, each once.
func (s *traffic) addresses(kind network.ResourceType) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, l := range s.loaded {
		if l.kind == kind && !slices.Contains(all, l.address) {
			all = append(all, l.address)
		}
	}
	return all
}
