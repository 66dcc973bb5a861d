package mail

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// brand is in whose name a message is written. The zero brand is the platform.
type brand struct {
	Name    string `db:"name"`
	Colour  string `db:"colour"`   // "#rrggbb"; empty: the platform's
	ReplyTo string `db:"reply_to"` // an address; empty: the sender's
}

// colour is that of buttons where the agency has none.
const colour = "#2f4bdb"

var colourRE = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// findBrand is the brand of the agency. Without a plan that has it, only the
// address for answers is the agency's.
func (s *Service) findBrand(ctx context.Context, q pg.Querier, agency uuid.NullUUID) (brand, error) {
	if !agency.Valid {
		return brand{}, nil
	}
	own, err := pg.One[brand](ctx, q, `select name, colour, reply_to from platform.agency where id = $1`, agency.UUID)
	if err != nil || s.Branded == nil {
		return own, err
	}
	branded, err := s.Branded(ctx, q, agency.UUID, s.Now())
	if err != nil || branded {
		return own, err
	}
	return brand{ReplyTo: own.ReplyTo}, nil
}

// inkOn is the colour of text on a ground "#rrggbb": whichever of white and
// near black has more contrast, by the luminance of WCAG.
func inkOn(ground string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(ground, "#"), 16, 32)
	if err != nil {
		return "#ffffff"
	}
	linear := func(part uint64) float64 { return math.Pow(float64(part)/255, 2.2) }
	light := 0.2126*linear(n>>16&255) + 0.7152*linear(n>>8&255) + 0.0722*linear(n&255)
	if (light+0.05)/0.05 > 1.05/(light+0.05) {
		return "#0d0e12"
	}
	return "#ffffff"
}
