package collection

import (
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// recurrenceWord is how something repeats, as a rule of RFC 5545 without its
// start: FREQ=WEEKLY;BYDAY=MO,WE.
type recurrenceWord struct{ asTyped }

const longestRecurrence = 500

func (recurrenceWord) clean(_ *Field, text string) (string, *problem) {
	text = strings.TrimPrefix(strings.ToUpper(text), "RRULE:")
	if len(text) > longestRecurrence || !strings.Contains(text, "FREQ=") || strings.ContainsAny(text, " \r\n:") {
		return "", notRecurrence()
	}
	option, err := rrule.StrToROptionInLocation(text, time.UTC)
	if err != nil || !option.Dtstart.IsZero() {
		return "", notRecurrence()
	}
	if option.Freq == rrule.SECONDLY || option.Freq == rrule.MINUTELY {
		return "", wrong("too_often", "Must not repeat more often than every hour.")
	}
	if _, err := rrule.NewRRule(*option); err != nil {
		return "", notRecurrence()
	}
	return option.RRuleString(), nil
}

func notRecurrence() *problem {
	return wrong("not_recurrence", "Must be a rule of RFC 5545, like FREQ=WEEKLY;BYDAY=MO.")
}

func (recurrenceWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "maxLength": longestRecurrence, "description": "RRULE of RFC 5545 without a start, like FREQ=WEEKLY;BYDAY=MO."}
}
