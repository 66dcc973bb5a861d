package app

import (
	"context"
	"fmt"

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
	// note marks what is worth knowing and needs no repair.
	note bool
}

// Run prints what it finds and fails if anything needs repair. It works beside
// a running server; without one it starts the embedded cluster for as long as
// it looks.
func (*doctorCommand) Run(ctx context.Context, p *process) error {
	healthy := true
	report := func(f finding) {
		mark := "ok   "
		switch {
		case f.fault:
			mark, healthy = "FAULT", false
		case f.note:
			mark = "note "
		}
		fmt.Fprintf(p.stdout, "%s  %s: %s\n", mark, f.what, f.detail)
	}
	if err := p.config.Check(); err != nil {
		report(finding{what: "configuration", detail: err.Error(), fault: true})
		return errReported
	}
	report(finding{what: "configuration", detail: "data folder " + p.config.Data})
	report(p.findDatabase())
	db, err := p.openAny(ctx, p.logger())
	if err != nil {
		report(finding{what: "database", detail: err.Error(), fault: true})
		return errReported
	}
	defer func() {
		if err := db.close(ctx); err != nil {
			fmt.Fprintln(p.stderr, "dramac:", err)
		}
	}()
	report(examineServer(ctx, db))
	with, err := p.services(ctx, db, p.logger(), nil)
	if err != nil {
		report(finding{what: "keys", detail: err.Error(), fault: true})
		return errReported
	}
	found, err := examineModules(ctx, with)
	if err != nil {
		found = append(found, finding{what: "modules", detail: err.Error(), fault: true})
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
		return finding{what: "database", detail: "DATABASE_URL is set"}
	}
	bin, err := cluster.FindFor(p.config.Data, p.environ)
	if err != nil {
		return finding{what: "PostgreSQL binaries", detail: err.Error(), fault: true}
	}
	if _, running := cluster.Attach(p.config.Data); running {
		return finding{what: "database", detail: "embedded, running; binaries in " + bin}
	}
	return finding{what: "database", detail: "embedded, not running, started for this look; binaries in " + bin}
}

// examineServer says which server answers and who we are there.
func examineServer(ctx context.Context, db *database) finding {
	var version, role, name string
	err := db.Pool().QueryRow(ctx, `select current_setting('server_version'), current_user, current_database()`).Scan(&version, &role, &name)
	if err != nil {
		return finding{what: "database", detail: err.Error(), fault: true}
	}
	return finding{what: "database", detail: fmt.Sprintf("PostgreSQL %s, role %s, database %s, deployment %s", version, role, name, db.Deployment())}
}
