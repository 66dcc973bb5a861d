package screen

import (
	"time"

	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// Jobs is what modules do on a site without anybody asking: one view of it.
type Jobs struct {
	Views  []ui.Tab
	State  string // "running", "scheduled", "failing" or "dead"
	Jobs   []JobLine
	Events []JobLine
	// Upcoming are the next runs of what runs by schedule; with the view
	// "scheduled" only.
	Upcoming []JobLine
	// More are URLs of the next lines; empty at the end. First goes back to the
	// beginning; empty there.
	MoreJobs, MoreEvents, First string
	// Submit is where "try again" and "discard" go.
	Submit string
}

// JobLine is one job, or one event on its way to a module.
type JobLine struct {
	Name     string // "job.score", "crm.deal.won"
	Module   string // title of the module that does it; empty: the platform
	At       time.Time
	Attempts int
	Error    string
	// Kind and Key name it in the form: "job" or "event". An empty key has no
	// actions.
	Kind, Key string
}

func (v Jobs) empty() bool { return len(v.Jobs)+len(v.Events)+len(v.Upcoming) == 0 }

// heads are the columns of both lists.
func (v Jobs) heads(f Frame, first string) []ui.TableHead {
	heads := []ui.TableHead{
		{Label: f.Words.T(first)}, {Label: f.Words.T("jobs.module")}, {Label: f.Words.T("jobs.at." + v.State)},
	}
	if v.State == "dead" || v.State == "failing" {
		heads = append(heads, ui.TableHead{Label: f.Words.T("jobs.attempts"), Number: true}, ui.TableHead{Label: f.Words.T("jobs.error")})
	}
	if v.State == "dead" {
		heads = append(heads, ui.TableHead{Label: f.Words.T("jobs.actions")})
	}
	return heads
}
