package access

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// CustomRole is a role that an agency made.
type CustomRole struct {
	ID          uuid.UUID `db:"id" json:"-"`
	Agency      uuid.UUID `db:"agency_id" json:"-"`
	Name        string    `db:"name" json:"name"`
	Permissions []string  `db:"permissions" json:"permissions"`
	Members     int       `db:"members" json:"-"` // who have it
}

const (
	maxRoles = 100 // of an agency
	maxKeys  = 200 // of a role or a member
)

const roleColumns = `r.id, r.agency_id, r.name, r.permissions, (select count(*) from platform.member m where m.role_id = r.id) members`

// ListRoles returns the agency's own roles by name.
func ListRoles(ctx context.Context, q pg.Querier, agency uuid.UUID) ([]CustomRole, error) {
	return pg.All[CustomRole](ctx, q, `select `+roleColumns+` from platform.role r where r.agency_id = $1 order by lower(r.name), r.id limit 1000`, agency)
}

// FindRole returns one of the agency's own roles.
func FindRole(ctx context.Context, q pg.Querier, agency, id uuid.UUID) (CustomRole, error) {
	return pg.One[CustomRole](ctx, q, `select `+roleColumns+` from platform.role r where r.agency_id = $1 and r.id = $2`, agency, id)
}

// grantPattern is what of a module may be granted: "crm.*", "crm.find_slots",
// "crm.deal.*", "crm.*.read", "crm.deal.read:own", "crm:rep".
var grantPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,49}(:[a-z][a-z0-9_]*|\.\*|\.[a-z][a-z0-9_]*|\.(\*|[a-z][a-z0-9_]*)\.(\*|[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*)?))$`)

// CheckKeys tidies permission keys that are written to the field path: in order,
// each once, those of the platform out of the catalogue.
func CheckKeys(path string, keys []string) ([]string, error) {
	tidy := make([]string, 0, len(keys))
	for _, key := range keys {
		if key = strings.TrimSpace(key); key != "" {
			tidy = append(tidy, key)
		}
	}
	slices.Sort(tidy)
	tidy = slices.Compact(tidy)
	if len(tidy) > maxKeys {
		return nil, errs.BadFields(errs.Field{Path: path, Code: "too_many", Message: "There are at most 200.", Args: map[string]any{"max": maxKeys}})
	}
	for _, key := range tidy {
		_, known := declaration(Permission(key))
		if strings.HasPrefix(key, "platform.") != known || !known && !grantPattern.MatchString(key) {
			return nil, errs.BadFields(errs.Field{Path: path, Code: "unknown_permission", Message: key + " is no permission.", Args: map[string]any{"key": key}})
		}
	}
	return tidy, nil
}

func (r *CustomRole) check() error {
	if r.Name = strings.Join(strings.Fields(r.Name), " "); r.Name == "" || len([]rune(r.Name)) > 60 {
		return errs.BadFields(errs.Field{Path: "name", Code: "role_name", Message: "Use 1 to 60 characters."})
	}
	var err error
	r.Permissions, err = CheckKeys("permissions", r.Permissions)
	return err
}

// may refuses keys that the actor lacks.
func (a Actor) may(agency uuid.UUID, path string, keys []string) error {
	if lacks := a.Lacks(agency, keys); len(lacks) > 0 {
		return errs.New(errs.Denied, "beyond_own", "You cannot give to others what you do not have.").WithHint("It is about %s: %s.", path, strings.Join(lacks, ", "))
	}
	return nil
}

// nameTaken tells another role of that name from other failures.
func nameTaken(err error) error {
	if err = pg.Translate(err); errs.KindOf(err) == errs.Conflict {
		return errs.BadFields(errs.Field{Path: "name", Code: "name_taken", Message: "There is a role of this name already."})
	}
	return err
}

// CreateRole adds a role of which the actor holds every permission.
func CreateRole(ctx context.Context, tx pgx.Tx, by Actor, r CustomRole, now time.Time) (CustomRole, error) {
	if err := r.check(); err != nil {
		return r, err
	}
	if err := by.may(r.Agency, "permissions", r.Permissions); err != nil {
		return r, err
	}
	list, err := ListRoles(ctx, tx, r.Agency)
	if err != nil {
		return r, err
	}
	if len(list) >= maxRoles {
		return r, errs.New(errs.Conflict, "too_many_roles", "An agency has at most %d roles of its own.", maxRoles)
	}
	_, err = tx.Exec(ctx, `insert into platform.role (id, agency_id, name, permissions, created_at) values ($1, $2, $3, $4, $5)`,
		r.ID, r.Agency, r.Name, r.Permissions, now)
	return r, nameTaken(err)
}

// UpdateRole changes a role. The actor holds all that it had and has.
func UpdateRole(ctx context.Context, tx pgx.Tx, by Actor, agency, id uuid.UUID, change func(*CustomRole)) (before, after CustomRole, err error) {
	if err := lockRoles(ctx, tx, agency); err != nil {
		return before, after, err
	}
	if before, err = FindRole(ctx, tx, agency, id); err != nil {
		return before, after, err
	}
	after = before
	change(&after)
	after.ID, after.Agency = id, agency
	if err = after.check(); err != nil {
		return before, after, err
	}
	if err = by.may(agency, "permissions", slices.Concat(before.Permissions, after.Permissions)); err != nil {
		return before, after, err
	}
	_, err = tx.Exec(ctx, `update platform.role set name = $3, permissions = $4 where agency_id = $1 and id = $2`, agency, id, after.Name, after.Permissions)
	return before, after, nameTaken(err)
}

// DeleteRole removes a role that nobody has.
func DeleteRole(ctx context.Context, tx pgx.Tx, by Actor, agency, id uuid.UUID) (CustomRole, error) {
	if err := lockRoles(ctx, tx, agency); err != nil {
		return CustomRole{}, err
	}
	r, err := FindRole(ctx, tx, agency, id)
	if err != nil {
		return r, err
	}
	if err := by.may(agency, "permissions", r.Permissions); err != nil {
		return r, err
	}
	if r.Members > 0 {
		return r, errs.New(errs.Conflict, "role_in_use", "Somebody has this role.").WithHint("Give its members another role first.")
	}
	_, err = tx.Exec(ctx, `delete from platform.role where agency_id = $1 and id = $2`, agency, id)
	return r, pg.Translate(err)
}

// lockRoles makes changes of who may do what in an agency wait for each other,
// so that each is decided on what the one before left.
func lockRoles(ctx context.Context, tx pgx.Tx, agency uuid.UUID) error {
	if _, err := tx.Exec(ctx, `select from platform.agency where id = $1 for update`, agency); err != nil {
		return fmt.Errorf("lock the roles of an agency: %w", pg.Translate(err))
	}
	return nil
}
