package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// window is how many lines of the log are routed in one transaction.
const window = 1000

// MaxDepth is how many handlers may lie between an event and what somebody did.
// An event beyond it is a dead letter at once: two handlers that set each other
// off would otherwise go on for ever.
const MaxDepth = 16

// line is one line of the log, without its payload.
type line struct {
	Site       uuid.UUID
	At         time.Time
	Xid        uint64
	Seq        int64
	Module     string // short id
	Collection string
	Record     uuid.UUID
	Change     bool
	Event      uuid.UUID // nil of a change
	Name       string    // of a change what was done: "updated"
	Depth      int
}

// lineColumns read lines from the log c of changes and e of events.
const (
	changeLine = `c.site_id as site, c.at, c.xid, c.seq, c.module::text, c.collection, c.record, true as change,
		'00000000-0000-0000-0000-000000000000'::uuid as event, c.op as name, c.depth::int`
	eventLine = `e.site_id as site, e.at, e.xid, e.seq, e.module::text, e.collection, e.record, false as change,
		e.id as event, e.name, e.depth::int`
)

// route reads the next window of one subscription and makes deliveries of it.
// It returns how many lines it read; fewer than window means that the rest is
// still being written. One process routes a subscription at a time.
func (d *Dispatcher) route(ctx context.Context, s Subscription) (int, error) {
	n := 0
	err := d.db.Tx(ctx, func(tx pgx.Tx) error {
		var mine bool
		err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1, hashtext($2))`, routeLock, s.Name).Scan(&mine)
		if err != nil || !mine {
			return err
		}
		// The horizon is taken before the window is read, so that everything
		// below it is visible.
		var horizon, xid uint64
		var seq int64
		err = tx.QueryRow(ctx, `select (`+horizonSQL+`), xid, seq from platform.subscription where name = $1`, s.Name).
			Scan(&horizon, &xid, &seq)
		if err != nil {
			return err
		}
		lines, err := d.read(ctx, tx, xid, seq, horizon)
		if err != nil || len(lines) == 0 {
			return err
		}
		n = len(lines)
		last := lines[n-1]
		if lines, err = d.overtaken(ctx, tx, lines, horizon); err != nil {
			return err
		}
		if err := d.deliverLater(ctx, tx, s, lines); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update platform.subscription set xid = $2, seq = $3 where name = $1`, s.Name, last.Xid, last.Seq)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("route events to %s: %w", s.Name, err)
	}
	return n, nil
}

// horizonSQL is the oldest running transaction of this database. Everything
// below has ended, so nothing can still appear there. Transactions are counted
// for all databases of a cluster together; one that provably runs in another
// holds up nobody here.
const horizonSQL = `
	select coalesce(min(x), pg_snapshot_xmax(pg_current_snapshot()))
	from pg_snapshot_xip(pg_current_snapshot()) x
	where not exists (
		select from pg_locks l join pg_stat_activity a on a.pid = l.pid
		where l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock' and l.transactionid = x::xid
		  and a.datname <> current_database())`

// routeLock is the first half of the advisory locks of subscriptions.
const routeLock = 7_248_301

// read returns the next lines below the horizon.
func (d *Dispatcher) read(ctx context.Context, tx pgx.Tx, xid uint64, seq int64, horizon uint64) ([]line, error) {
	return pg.All[line](ctx, tx, `
		(select `+changeLine+` from platform.changes c
		 where (c.xid, c.seq) > ($1::xid8, $2) and c.xid < $3::xid8 and c.part is null and c.op <> 'purged'
		 order by c.xid, c.seq limit `+fmt.Sprint(window)+`)
		union all
		(select `+eventLine+` from platform.event e
		 where (e.xid, e.seq) > ($1::xid8, $2) and e.xid < $3::xid8
		 order by e.xid, e.seq limit `+fmt.Sprint(window)+`)
		order by xid, seq limit `+fmt.Sprint(window), xid, seq, horizon)
}

// overtaken adds what happened to the same records before, in transactions
// that began later and lie beyond the horizon only for that. They have ended,
// since the record was theirs before; without them they would come after what
// followed them. They are met again later, and then are known already.
func (d *Dispatcher) overtaken(ctx context.Context, tx pgx.Tx, lines []line, horizon uint64) ([]line, error) {
	sites, records, seqs := make([]uuid.UUID, len(lines)), make([]uuid.UUID, len(lines)), make([]int64, len(lines))
	for i, l := range lines {
		sites[i], records[i], seqs[i] = l.Site, l.Record, l.Seq
	}
	before, err := pg.All[line](ctx, tx, `
		with w as (select site, record, max(seq) as seq from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as w (site, record, seq)
		           where record <> '00000000-0000-0000-0000-000000000000' group by site, record)
		select `+changeLine+` from platform.changes c join w on c.site_id = w.site and c.record = w.record and c.seq < w.seq
		where c.xid >= $4::xid8 and c.part is null and c.op <> 'purged'
		union all
		select `+eventLine+` from platform.event e join w on e.site_id = w.site and e.record = w.record and e.seq < w.seq
		where e.xid >= $4::xid8`, sites, records, seqs, horizon)
	if err != nil || len(before) == 0 {
		return lines, err
	}
	all := append(before, lines...)
	slices.SortFunc(all, func(a, b line) int { return int(a.Seq - b.Seq) })
	return all, nil
}

// deliverLater enters a delivery for each event, subscriber and target.
func (d *Dispatcher) deliverLater(ctx context.Context, tx pgx.Tx, s Subscription, lines []line) error {
	whom, err := d.addressing(ctx, tx, s, lines)
	if err != nil {
		return err
	}
	var batch pgx.Batch
	for _, l := range lines {
		e, err := d.eventOf(ctx, tx, l)
		if err != nil {
			return err
		}
		if !Matches(s.Pattern, e.Key()) {
			continue
		}
		targets, known, err := whom.of(ctx, e)
		if err != nil {
			return err
		}
		if !known {
			e.Depth = 0 // how deep it is decides when it is known
			enter(&batch, unaddressed(s.Name), "", e, l.Change, d.now())
		}
		for _, target := range targets {
			enter(&batch, s.Name, target, e, l.Change, d.now())
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, &batch).Close()
}

// eventOf is the event that a line stands for, without its payload.
func (d *Dispatcher) eventOf(ctx context.Context, tx pgx.Tx, l line) (Event, error) {
	module, err := d.moduleOf(ctx, tx, l.Module)
	e := Event{
		ID: l.Event, Site: l.Site, At: l.At, Seq: l.Seq, Module: module, Short: l.Module,
		Collection: l.Collection, Record: l.Record, Name: l.Name, Depth: l.Depth,
	}
	if l.Change {
		e.ID = eventID(l.Site, l.Seq)
	}
	return e, err
}

// moduleOf returns the manifest id of a module, which never changes.
func (d *Dispatcher) moduleOf(ctx context.Context, q pg.Querier, short string) (string, error) {
	d.mu.Lock()
	name, ok := d.modules[short]
	d.mu.Unlock()
	if ok {
		return name, nil
	}
	err := q.QueryRow(ctx, `select coalesce((select name from platform.module where short_id = $1), $1)`, short).Scan(&name)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.modules[short] = name
	return name, nil
}
