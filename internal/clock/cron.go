// Package clock knows what people mean by a time of day: schedules in a site's
// time zone, over the two days a year on which clocks are turned.
package clock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cron is a schedule in cron's five fields: minute, hour, day of the month,
// month, day of the week. As in cron a day is meant when either of the two days
// agrees, unless one of them is *.
type Cron struct {
	minutes, hours, days, months, weekdays set
	anyDay, anyWeekday                     bool
}

// set holds numbers from 0 to 63.
type set uint64

func (s set) has(n int) bool { return s&(1<<n) != 0 }

// field is what one of the five fields may hold.
type field struct {
	noun      string
	low, high int
	names     []string // words for the numbers from low on
}

var fields = [5]field{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// ParseCron reads a schedule: lists of *, numbers, ranges and steps, with names
// of months and days.
func ParseCron(text string) (Cron, error) {
	parts := strings.Fields(text)
	if len(parts) != len(fields) {
		return Cron{}, fmt.Errorf("a schedule has five fields, %q has %d", text, len(parts))
	}
	var c Cron
	for i, into := range []*set{&c.minutes, &c.hours, &c.days, &c.months, &c.weekdays} {
		for entry := range strings.SplitSeq(parts[i], ",") {
			numbers, ok := fields[i].read(entry)
			if !ok {
				return Cron{}, fmt.Errorf("%q is not a %s", entry, fields[i].noun)
			}
			*into |= numbers
		}
	}
	if c.weekdays.has(7) {
		c.weekdays |= 1 // Sunday is 0 and 7
	}
	c.anyDay, c.anyWeekday = parts[2] == "*", parts[4] == "*"
	return c, nil
}

// read reads *, 5, 1-5, */15 or 9-17/2.
func (f field) read(entry string) (set, bool) {
	span, stepText, hasStep := strings.Cut(entry, "/")
	step := 1
	if hasStep {
		n, err := strconv.Atoi(stepText)
		if err != nil || n < 1 || n > f.high {
			return 0, false
		}
		step = n
	}
	low, high := f.low, f.high
	if span != "*" {
		first, last, isRange := strings.Cut(span, "-")
		var ok bool
		if low, ok = f.number(first); !ok || hasStep && !isRange {
			return 0, false
		}
		high = low
		if isRange {
			if high, ok = f.number(last); !ok || high < low {
				return 0, false
			}
		}
	}
	var s set
	for n := low; n <= high; n += step {
		s |= 1 << n
	}
	return s, true
}

func (f field) number(word string) (int, bool) {
	if i := slices.Index(f.names, strings.ToLower(word)); i >= 0 {
		return f.low + i, true
	}
	n, err := strconv.Atoi(word)
	return n, err == nil && n >= f.low && n <= f.high
}

// horizon is how many days ahead a schedule is searched: eight years hold every
// 29 February, across a century too.
const horizon = 8*366 + 1

// Next returns the first moment of the schedule after the given one, in the
// zone of the given one; the zero time when there is none, as for 30 February.
//
// Each time of day is meant once a day. A time that does not exist, because
// clocks are put forward over it, is moved forward by as much; one that exists
// twice is meant the first time.
func (c Cron) Next(after time.Time) time.Time {
	year, month, day := after.Date()
	for n := range horizon {
		// Noon exists on every day of every zone.
		date := time.Date(year, month, day+n, 12, 0, 0, 0, time.UTC)
		if !c.means(date) {
			continue
		}
		for _, at := range c.on(date, after.Location()) {
			if at.After(after) {
				return at
			}
		}
	}
	return time.Time{}
}

// means reports whether the schedule runs on the date at all.
func (c Cron) means(date time.Time) bool {
	if !c.months.has(int(date.Month())) {
		return false
	}
	day, weekday := c.days.has(date.Day()), c.weekdays.has(int(date.Weekday()))
	if c.anyDay || c.anyWeekday {
		return day && weekday
	}
	return day || weekday
}

// on lists the moments of one date, in order and each once.
func (c Cron) on(date time.Time, zone *time.Location) []time.Time {
	var all []time.Time
	year, month, day := date.Date()
	for hour := range 24 {
		for minute := range 60 {
			if c.hours.has(hour) && c.minutes.has(minute) {
				all = append(all, Local(year, month, day, hour, minute, zone))
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// Local is the moment that people of the zone mean by a date and a time of day:
// the first of two, and moved forward by as much as the clocks are where it
// does not exist.
func Local(year int, month time.Month, day, hour, minute int, zone *time.Location) time.Time {
	wall := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	// Whatever happens to the clocks happens between the offsets of a day
	// before and a day after.
	_, before := wall.Add(-24 * time.Hour).In(zone).Zone()
	_, after := wall.Add(24 * time.Hour).In(zone).Zone()
	early := wall.Add(-time.Duration(max(before, after)) * time.Second).In(zone)
	late := wall.Add(-time.Duration(min(before, after)) * time.Second).In(zone)
	if reads(early, wall) {
		return early
	}
	if reads(late, wall) {
		return late
	}
	// In the gap: as long after it as the wall clock says, by the old offset.
	return wall.Add(-time.Duration(before) * time.Second).In(zone)
}

// reads reports whether a clock in the zone shows the wall clock's time then.
func reads(at, wall time.Time) bool {
	return at.Hour() == wall.Hour() && at.Minute() == wall.Minute() && at.Day() == wall.Day()
}
