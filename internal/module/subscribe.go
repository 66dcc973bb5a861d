package module

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/outbox"
)

// Subscriptions are those of modules' manifests, and the one that timers are
// planned by.
func (w *Work) Subscriptions() []outbox.Subscription {
	return []outbox.Subscription{
		{Name: "modules", Pattern: "*", Targets: w.subscribers, Handle: w.tell},
		{Name: "timers", Pattern: "*", Targets: w.timed, Handle: w.setTimers},
	}
}

// subscribers names the modules on an event's site that subscribe to it, by
// their short ids. A module hears of its own events by their names, and of
// another's by the contract that offers them. Where a package cannot be read for
// the moment, the module is told to be on the safe side: its delivery is tried
// again until it is known, and nobody else waits for that.
func (w *Work) subscribers(ctx context.Context) (outbox.Targets, error) {
	revision, err := w.db.Revision(ctx)
	return func(ctx context.Context, e outbox.Event) ([]string, error) {
		list, err := w.enabledAt(ctx, e.Site, revision)
		if err != nil {
			return nil, err
		}
		var targets []string
		for _, in := range list {
			r, err := w.declaring(ctx, in)
			var by match
			if err == nil {
				by, err = w.subscribed(ctx, list, r, e)
			}
			if err != nil || by.name != "" {
				targets = append(targets, in.Short)
			}
		}
		return targets, nil
	}, err
}

// declaring is the release that an installation runs, whether or not this
// process holds its code: what is declared is in the package.
func (w *Work) declaring(ctx context.Context, in Installation) (*Release, error) {
	r, err := w.Release(ctx, in.Module, in.Version)
	if r != nil {
		return r, nil
	}
	return nil, err
}

// enabled are the enabled installations of a site.
func (w *Work) enabled(ctx context.Context, site uuid.UUID) ([]Installation, error) {
	revision, err := w.db.Revision(ctx)
	if err != nil {
		return nil, err
	}
	return w.enabledAt(ctx, site, revision)
}

// enabledAt is enabled at a revision that was read just now. It is asked for
// every event, so it is remembered for as long as nothing is installed anywhere.
func (w *Work) enabledAt(ctx context.Context, site uuid.UUID, revision int64) ([]Installation, error) {
	w.mu.Lock()
	list, ok := w.known[site]
	ok = ok && w.revision == revision
	w.mu.Unlock()
	if ok {
		return list, nil
	}
	list, err := installations(ctx, w.db.Pool(), site, "")
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(i Installation) bool { return i.State != Enabled })
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.revision != revision || len(w.known) > maxKnown {
		w.revision, w.known = revision, map[uuid.UUID][]Installation{}
	}
	w.known[site] = list
	return list, nil
}

// maxKnown is of how many sites it is remembered what runs there.
const maxKnown = 1000

// match is how a module subscribes to an event: under a name, "" for not at
// all, and by the offer of a contract, nil for an event of its own.
type match struct {
	name  string
	offer *manifest.Offer
}

// subscribed returns how the module subscribes to the event. A name that begins
// with a contract means the event of the module that offers it, if that contract
// offers the event.
func (w *Work) subscribed(ctx context.Context, list []Installation, r *Release, e outbox.Event) (match, error) {
	if len(r.Manifest.Subscribe) == 0 {
		return match{}, nil
	}
	var all []match
	if e.Module == r.Manifest.ID {
		all = append(all, match{name: r.called(e).Key()})
	}
	for _, in := range list {
		if in.Short != e.Short {
			continue
		}
		provider, err := w.declaring(ctx, in)
		if err != nil {
			return match{}, err
		}
		told := provider.called(e)
		tail := told.Collection + "." + told.Name
		for i := range provider.Manifest.Offers {
			if o := &provider.Manifest.Offers[i]; slices.Contains(o.Events, tail) {
				all = append(all, match{o.Contract + "." + tail, o})
			}
		}
	}
	for _, want := range r.Manifest.Subscribe {
		if at := slices.IndexFunc(all, func(m match) bool { return m.name == want }); at >= 0 {
			return all[at], nil
		}
	}
	return match{}, nil
}

// tell calls the handler "on.<event>" of a module. It gets what the contract
// offers of the record, or of its own records everything that is not secret.
func (w *Work) tell(ctx context.Context, d *outbox.Delivery) error {
	return w.do(ctx, d.Site, d.Target, uuid.NullUUID{UUID: d.ID, Valid: true}, d.Depth, func(a *acting) error {
		list, err := w.enabled(ctx, d.Site)
		if err != nil {
			return err
		}
		by, err := w.subscribed(ctx, list, a.release, d.Event)
		if err != nil {
			return err
		}
		if by.name == "" {
			return nil // it does not subscribe, or not any more
		}
		told, err := w.told(ctx, list, a, d.Event, by.offer)
		if err != nil {
			return err
		}
		return a.run(ctx, "on."+by.name, told)
	})
}

// message is an event as handlers get it.
type message struct {
	ID       uuid.UUID                  `json:"id"`
	Name     string                     `json:"name"`
	Version  int                        `json:"version"`
	At       time.Time                  `json:"at"`
	Record   *uuid.UUID                 `json:"record"`
	Data     map[string]json.RawMessage `json:"data"`
	Previous map[string]json.RawMessage `json:"previous"`
	Actor    *uuid.UUID                 `json:"actor"`
}

// called gives what happened to a record the name that the version has for its
// collection: the change log keeps the first one.
func (r *Release) called(e outbox.Event) outbox.Event {
	if c, ok := r.Module.Logged(e.Collection); ok && isChange(e) {
		e.Collection = c.Name
	}
	return e
}

// isChange reports whether an event follows from the change log.
func isChange(e outbox.Event) bool {
	return slices.Contains([]string{"created", "updated", "deleted", "restored"}, e.Name)
}

// told makes the message: values under the names of the data API, and of
// another module's only those that the offer names by which it was heard of.
func (w *Work) told(ctx context.Context, list []Installation, a *acting, e outbox.Event, offer *manifest.Offer) (message, error) {
	m := message{ID: e.ID, Name: e.Key(), Version: e.Version, At: e.At.UTC(), Data: e.Data, Previous: e.Previous}
	if e.Record != uuid.Nil {
		m.Record = &e.Record
	}
	if e.Actor.Valid {
		m.Actor = &e.Actor.UUID
	}
	at := slices.IndexFunc(list, func(in Installation) bool { return in.Short == e.Short })
	if at < 0 {
		m.Data, m.Previous = nil, nil
		return m, nil
	}
	provider, err := w.declaring(ctx, list[at])
	if err != nil {
		return message{}, err
	}
	e = provider.called(e)
	m.Name = e.Key()
	shown := collection.Access{}
	if offer != nil {
		shown.Fields = append([]string{}, offer.Records[e.Collection]...)
	}
	in, ok := provider.Module.Collection(e.Collection)
	if !ok {
		if offer != nil { // which names nothing of it
			m.Data, m.Previous = nil, nil
		}
		return m, nil
	}
	if !isChange(e) {
		e = e.Only(shown.Visible)
		m.Data, m.Previous = e.Data, e.Previous
		return m, nil
	}
	there := a.Acting
	there.Scope = there.Scope.As(provider.Runtime)
	records := there.Own(in)
	records.Access = shown
	m.Previous, m.Data, err = records.Told(ctx, e.Previous, e.Data)
	return m, err
}
