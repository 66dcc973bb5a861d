package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// ProofName is where the domain name system holds the proof of a domain.
func ProofName(domain string) string { return "_dramac." + domain }

// Prove looks which of the provider's domains hold its proof. It asks the domain
// name system, so no transaction is open.
func (s *Providers) Prove(ctx context.Context, p Provider) []string {
	proven := []string{}
	for _, d := range p.Domains {
		found, err := s.Names.LookupTXT(ctx, ProofName(d))
		if err == nil && slices.ContainsFunc(found, func(text string) bool { return strings.TrimSpace(text) == p.Proof }) {
			proven = append(proven, d)
		}
	}
	return proven
}

// SetProven stores which of its domains an agency has shown to be its own. What
// is no domain of the provider any more is left out.
func SetProven(ctx context.Context, tx pgx.Tx, agency uuid.UUID, proven []string) (before, after Provider, err error) {
	if err := lock(ctx, tx, agency); err != nil {
		return before, after, err
	}
	if before, err = Find(ctx, tx, agency); err != nil {
		return before, after, err
	}
	after = before
	after.Proven = slices.DeleteFunc(slices.Clone(proven), func(d string) bool { return !slices.Contains(before.Domains, d) })
	_, err = tx.Exec(ctx, `update platform.identity_provider set proven = $2 where id = $1`, before.ID, after.Proven)
	return before, after, pg.Translate(err)
}
