package access

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

func id(n byte) uuid.UUID { return uuid.UUID{15: n} }

func just(n byte) uuid.NullUUID { return uuid.NullUUID{UUID: id(n), Valid: true} }

// here is a site of client 2 in agency 1; the others differ in one step each.
var (
	here        = Place{Agency: id(1), Client: id(2), Site: id(3)}
	sisterSite  = Place{Agency: id(1), Client: id(2), Site: id(4)}
	otherClient = Place{Agency: id(1), Client: id(5), Site: id(6)}
	otherAgency = Place{Agency: id(7), Client: id(8), Site: id(9)}
)

func TestWhereActorsReachAndWhatTheyMayDoThere(t *testing.T) {
	t.Parallel()
	person := func(m ...Member) Actor { return PersonActor(id(20), "P", m) }
	agency := func(r Role) Actor { return person(Member{Agency: id(1), Role: r}) }
	all := []Permission{SiteRead, SiteManage, SiteUse, InstallationManage, ActivityRead, ModuleRead, ModulePublish}
	for _, want := range []struct {
		name  string
		actor Actor
		place Place
		may   []Permission
	}{
		{"a visitor", VisitorActor(), here, nil},
		{"the zero actor", Actor{}, here, nil},
		{"an owner", agency(Owner), here, all},
		{"an admin", agency(Admin), otherClient, all},
		{"a member", agency(Editor), here, []Permission{SiteRead, SiteUse, ModuleRead}},
		{"a viewer", agency(Viewer), here, []Permission{SiteRead, SiteUse, ModuleRead}},
		{"an owner elsewhere", agency(Owner), otherAgency, nil},
		{"an owner of the client", person(Member{Agency: id(1), Client: just(2), Role: Owner}), here, []Permission{SiteRead, SiteManage, SiteUse, ActivityRead}},
		{"a member of the client", person(Member{Agency: id(1), Client: just(2), Role: Editor}), sisterSite, []Permission{SiteRead, SiteUse}},
		{"a member of the client at another", person(Member{Agency: id(1), Client: just(2), Role: Owner}), otherClient, nil},
		{"a member of the site", person(Member{Agency: id(1), Site: just(3), Role: Editor}), here, []Permission{SiteRead, SiteUse}},
		{"a member of the site on its sister", person(Member{Agency: id(1), Site: just(3), Role: Owner}), sisterSite, nil},
		{"two memberships add up", person(Member{Agency: id(1), Site: just(4), Role: Viewer}, Member{Agency: id(1), Role: Owner}), here, all},
		{"a key with everything", ProgramActor(Key{Agency: id(1), Site: id(3), Grants: []string{"*"}, Publishes: true}), here, all},
		{"a key that does not publish", ProgramActor(Key{Agency: id(1), Site: id(3), Grants: []string{"*"}}), here, []Permission{SiteRead, SiteManage, SiteUse, InstallationManage, ActivityRead}},
		{"a key for one module", ProgramActor(Key{Agency: id(1), Site: id(3), Grants: []string{"crm.*"}}), here, []Permission{SiteRead, SiteUse}},
		{"a key on the sister site", ProgramActor(Key{Agency: id(1), Site: id(3), Grants: []string{"*"}, Publishes: true}), sisterSite, nil},
	} {
		var may []Permission
		for _, p := range all {
			if want.actor.Can(p, want.place) {
				may = append(may, p)
			}
		}
		if !slices.Equal(may, want.may) {
			t.Errorf("%s may %v, want %v", want.name, may, want.may)
		}
		if got := want.actor.Reaches(want.place); got != (len(want.may) > 0) {
			t.Errorf("%s reaches the place: %v", want.name, got)
		}
	}
}

func TestWhatBelongsToTheAgencyIsOutOfReachForItsClients(t *testing.T) {
	t.Parallel()
	for _, want := range []struct {
		name   string
		actor  Actor
		agency uuid.UUID
		may    bool
	}{
		{"an owner", PersonActor(id(20), "P", []Member{{Agency: id(1), Role: Owner}}), id(1), true},
		{"an owner elsewhere", PersonActor(id(20), "P", []Member{{Agency: id(1), Role: Owner}}), id(7), false},
		{"a viewer", PersonActor(id(20), "P", []Member{{Agency: id(1), Role: Viewer}}), id(1), false},
		{"a client's owner", PersonActor(id(20), "P", []Member{{Agency: id(1), Client: just(2), Role: Owner}}), id(1), false},
		{"a publishing key", ProgramActor(Key{Agency: id(1), Site: id(3), Publishes: true}), id(1), true},
		{"another key", ProgramActor(Key{Agency: id(1), Site: id(3), Grants: []string{"*"}}), id(1), false},
		{"a publishing key elsewhere", ProgramActor(Key{Agency: id(1), Site: id(3), Publishes: true}), id(7), false},
		{"a visitor", VisitorActor(), id(1), false},
	} {
		if got := want.actor.CanInAgency(ModulePublish, want.agency); got != want.may {
			t.Errorf("%s may publish: %v, want %v", want.name, got, want.may)
		}
	}
}

// crm declares its own roles; the reach "own" is part of a grant.
func crm() *manifest.Manifest {
	return &manifest.Manifest{ID: "crm", Roles: []manifest.Role{
		{Name: "rep", For: []string{"agency_member", "client_staff"}, Grants: []manifest.Grant{
			{Collection: "deal", Verb: "read", Reach: "own"}, {Collection: "deal", Verb: "create"},
		}},
		{Name: "reader", For: []string{"agency_viewer"}, Grants: []manifest.Grant{{Collection: "*", Verb: "read"}}},
		{Name: "visitor", Grants: []manifest.Grant{{Collection: "deal", Verb: "ask"}, {Collection: "deal", Verb: "read", Reach: "shown"}}},
	}}
}

func TestGrantsInAModule(t *testing.T) {
	t.Parallel()
	key := func(grants ...string) Actor {
		return ProgramActor(Key{Agency: id(1), Site: id(3), Grants: grants})
	}
	person := func(m Member) Actor { return PersonActor(id(20), "P", []Member{m}) }
	for _, want := range []struct {
		name    string
		actor   Actor
		verb    string
		can     bool
		reaches []string
		whole   bool
	}{
		{"a visitor reads within a reach", VisitorActor(), "read", true, []string{"shown"}, false},
		{"a visitor runs an action", VisitorActor(), "ask", true, nil, true},
		{"a visitor never creates", VisitorActor(), "create", false, nil, false},
		{"an owner does everything", person(Member{Agency: id(1), Role: Owner}), "delete", true, nil, true},
		{"a member holds the declared role", person(Member{Agency: id(1), Role: Editor}), "read", true, []string{"own"}, false},
		{"a member lacks what is not granted", person(Member{Agency: id(1), Role: Editor}), "delete", false, nil, false},
		{"a viewer reads", person(Member{Agency: id(1), Role: Viewer}), "read", true, nil, true},
		{"a viewer does not create", person(Member{Agency: id(1), Role: Viewer}), "create", false, nil, false},
		{"client staff hold the declared role", person(Member{Agency: id(1), Client: just(2), Role: Editor}), "create", true, nil, true},
		{"a client's owner has no role here", person(Member{Agency: id(1), Client: just(2), Role: Owner}), "read", false, nil, false},
		{"a stranger has none", person(Member{Agency: id(7), Role: Owner}), "read", false, nil, false},
		{"a key with everything", key("*"), "delete", true, nil, true},
		{"a key for the module", key("crm.*"), "delete", true, nil, true},
		{"a key for one verb", key("crm.deal.read"), "read", true, nil, true},
		{"a key for another verb", key("crm.deal.read"), "create", false, nil, false},
		{"a key for a verb anywhere", key("crm.*.read"), "read", true, nil, true},
		{"a key with a reach", key("crm.deal.read:own"), "read", true, []string{"own"}, false},
		{"a key for another module", key("hotel.deal.read"), "read", false, nil, false},
		{"a key that looks like the module", key("crmx.*", "crm"), "read", false, nil, false},
	} {
		grants := want.actor.Grants(crm(), here)
		if got := grants.Can("deal", want.verb); got != want.can {
			t.Errorf("%s: can %s is %v", want.name, want.verb, got)
		}
		reaches, whole := grants.Reaches("deal", want.verb)
		if whole != want.whole || !slices.Equal(reaches, want.reaches) {
			t.Errorf("%s: reaches %v whole %v", want.name, reaches, whole)
		}
	}
}

func TestAKeyForAnActionOfTheModule(t *testing.T) {
	t.Parallel()
	for grant, can := range map[string]bool{"crm.find_slots": true, "crm.*": true, "crm.other": false, "hotel.find_slots": false, "crm.deal.find_slots": false} {
		grants := ProgramActor(Key{Agency: id(1), Site: id(3), Grants: []string{grant}}).Grants(crm(), here)
		if got := grants.Can("", "find_slots"); got != can {
			t.Errorf("%s: %v", grant, got)
		}
		if grants.Can("deal", "find_slots") != (grant == "crm.*" || grant == "crm.deal.find_slots") {
			t.Errorf("%s is one of a collection too", grant)
		}
	}
}

func TestAKeyThatIsOverIsNotLive(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	before, after := now.Add(-time.Second), now.Add(time.Second)
	for _, want := range []struct {
		key  Key
		live bool
	}{
		{Key{}, true},
		{Key{ExpiresAt: &after}, true},
		{Key{ExpiresAt: &now}, false},
		{Key{ExpiresAt: &before}, false},
		{Key{RevokedAt: &before}, false},
		{Key{RevokedAt: &before, ExpiresAt: &after}, false},
	} {
		if got := want.key.Live(now); got != want.live {
			t.Errorf("%+v: %v", want.key, got)
		}
	}
}
