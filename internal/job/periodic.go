package job

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
)

// run is what the database keeps of one run of a periodic job.
type run struct {
	Name string `json:"name"`
}

// Kind names the sort of job in the database.
func (run) Kind() string { return "periodic" }

// schedules tells River when to enter which run. A run is unique within its
// interval, so that a leader that changes does not run a job twice.
func schedules(jobs []Periodic) []*river.PeriodicJob {
	list := make([]*river.PeriodicJob, 0, len(jobs))
	for _, j := range jobs {
		enter := func() (river.JobArgs, *river.InsertOpts) {
			return run{Name: j.Name}, &river.InsertOpts{
				UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: j.Every},
			}
		}
		list = append(list, river.NewPeriodicJob(river.PeriodicInterval(j.Every), enter,
			&river.PeriodicJobOpts{ID: j.Name, RunOnStart: true}))
	}
	return list
}

// worker runs what it finds by name.
type worker struct {
	river.WorkerDefaults[run]
	jobs map[string]Periodic
	log  *slog.Logger
}

// Work runs one job. A name that this program does not know comes from another
// release and is left to the processes of that one.
func (w *worker) Work(ctx context.Context, j *river.Job[run]) error {
	known, ok := w.jobs[j.Args.Name]
	if !ok {
		return river.JobSnooze(time.Minute)
	}
	err := known.Run(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil { // else the process stops, and the job runs again
		w.log.ErrorContext(ctx, "job failed", "job", known.Name, "attempt", j.Attempt, "error", err)
	}
	return fmt.Errorf("job %s: %w", known.Name, err)
}
