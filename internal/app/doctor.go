package app

import (
	"context"
	"fmt"
	"time"

	"github.com/dramac-main/dramac-cms/internal/pg/cluster"
)

type doctorCommand struct{}

// finding is one thing that the doctor looked at.
type finding struct {
	// what names the thing: "configuration".
	what string
	// detail says what was found, or what is wrong and what to do.
	detail string
	// fault marks what must be repaired.
	fault bool
}

// Run prints what it finds and fails if anything needs repair. It works beside
// a running server; without one it starts the embedded cluster for as long as
// it looks.
func (*doctorCommand) Run(ctx context.Context, p *process) error {
	healthy := true
	report := func(f finding) {
		mark := "ok   "
		if f.fault {
			mark, healthy = "FAULT", false
		}
		fmt.Fprintf(p.stdout, "%s  %s: %s\n", mark, f.what, f.detail)
	}
	if err := p.config.Check(); err != nil {
		report(finding{"configuration", err.Error(), true})
		return errReported
	}
	report(finding{"configuration", "data folder " + p.config.Data, false})
	report(p.findDatabase())
	db, err := p.openAny(ctx, p.logger())
	if err != nil {
		report(finding{"database", err.Error(), true})
		return errReported
	}
	defer func() {
		if err := db.close(ctx); err != nil {
			fmt.Fprintln(p.stderr, "dramac:", err)
		}
	}()
	report(examineServer(ctx, db))
	with := services{Data: p.config.Data, DB: db.DB, Log: p.logger(), Now: time.Now, BaseURL: p.config.baseURL(nil)}
	found, err := examineModules(ctx, with)
	if err != nil {
		found = append(found, finding{"modules", err.Error(), true})
	}
	for _, f := range found {
		report(f)
	}
	if !healthy {
		return errReported
	}
	return nil
}

// findDatabase says which database is used and, for an embedded one, by which
// binaries and whether it runs.
func (p *process) findDatabase() finding {
	if p.config.DatabaseURL != "" {
		return finding{"database", "DATABASE_URL is set", false}
	}
	bin, err := cluster.FindFor(p.config.Data, p.environ)
	if err != nil {
		return finding{"PostgreSQL binaries", err.Error(), true}
	}
	if _, running := cluster.Attach(p.config.Data); running {
		return finding{"database", "embedded, running; binaries in " + bin, false}
	}
	return finding{"database", "embedded, not running, started for this look; binaries in " + bin, false}
}

// examineServer says which server answers and who we are there.
func examineServer(ctx context.Context, db *database) finding {
	var version, role, name string
	err := db.Pool().QueryRow(ctx, `select current_setting('server_version'), current_user, current_database()`).Scan(&version, &role, &name)
	if err != nil {
		return finding{"database", err.Error(), true}
	}
	return finding{"database", fmt.Sprintf("PostgreSQL %s, role %s, database %s, deployment %s", version, role, name, db.Deployment()), false}
}
