package clock_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/clock"
)

// TestSchedules walks schedules over ordinary days and over those on which
// clocks are turned, in zones that do it in different ways.
func TestSchedules(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ says, cron, zone, after, next string }{
		{"every minute", "* * * * *", "UTC", "2026-05-01 10:00:30", "10:01 10:02 10:03"},
		{"a quarter", "*/15 9-10 * * *", "UTC", "2026-05-01 09:50:00", "10:00 10:15 10:30 10:45 2026-05-02T09:00"},
		{"at once is not after", "0 9 * * *", "UTC", "2026-05-01 09:00:00", "2026-05-02T09:00"},
		{"a list", "0,30 8,17 * * *", "UTC", "2026-05-01 08:10:00", "08:30 17:00 17:30 2026-05-02T08:00"},
		{"Monday by name", "0 9 * * mon", "UTC", "2026-05-01 00:00:00", "2026-05-04T09:00 2026-05-11T09:00"},
		{"Sunday is 7 too", "0 9 * * 7", "UTC", "2026-05-01 00:00:00", "2026-05-03T09:00 2026-05-10T09:00"},
		{"either day", "0 9 13 * fri", "UTC", "2026-05-02 00:00:00", "2026-05-08T09:00 2026-05-13T09:00 2026-05-15T09:00"},
		{"the last of a short month is left out", "0 9 31 * *", "UTC", "2026-05-31 10:00:00", "2026-07-31T09:00 2026-08-31T09:00"},
		{"a leap day", "0 9 29 feb *", "UTC", "2026-05-01 00:00:00", "2028-02-29T09:00 2032-02-29T09:00"},
		{"never", "0 9 30 2 *", "UTC", "2026-05-01 00:00:00", ""},
		{"the site's own morning", "0 9 * * *", "Asia/Tokyo", "2026-05-01 08:00:00", "09:00 2026-05-02T09:00"},

		{"the day clocks go forward", "0 9 * * *", "Europe/Berlin", "2026-03-28 10:00:00", "2026-03-29T09:00+02:00 2026-03-30T09:00+02:00"},
		{"a time in the gap moves forward", "30 2 * * *", "Europe/Berlin", "2026-03-28 10:00:00", "2026-03-29T03:30+02:00 2026-03-30T02:30+02:00"},
		{"quarters across the gap run once", "*/30 1-3 * * *", "Europe/Berlin", "2026-03-29 01:10:00", "01:30 03:00 03:30 2026-03-30T01:00"},
		{"a time that comes twice is the first", "30 2 * * *", "Europe/Berlin", "2026-10-24 10:00:00", "2026-10-25T02:30+02:00 2026-10-26T02:30+01:00"},
		{"hours across the overlap run once", "0 * * * *", "Europe/Berlin", "2026-10-25 01:10:00", "2026-10-25T02:00+02:00 2026-10-25T03:00+01:00 2026-10-25T04:00+01:00"},
		{"from within the second pass", "30 2 * * *", "Europe/Berlin", "2026-10-25T01:45:00Z", "2026-10-26T02:30+01:00"},
		{"midnight in the gap", "0 0 * * *", "America/Asuncion", "2023-09-30 10:00:00", "2023-10-01T01:00-03:00 2023-10-02T00:00-03:00"},
		{"the other half of the world forward", "30 2 * * *", "America/New_York", "2026-03-07 10:00:00", "2026-03-08T03:30-04:00 2026-03-09T02:30-04:00"},
		{"the other half of the world back", "30 1 * * *", "America/New_York", "2026-10-31 10:00:00", "2026-11-01T01:30-04:00 2026-11-02T01:30-05:00"},
		{"half an hour forward", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 10:00:00", "2026-10-04T02:45+11:00 2026-10-05T02:15+11:00"},
		{"half an hour back", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04 10:00:00", "2026-04-05T01:45+11:00 2026-04-06T01:45+10:30"},
		{"the south in spring", "30 2 * * *", "Australia/Sydney", "2026-10-03 10:00:00", "2026-10-04T03:30+11:00"},
	} {
		c, err := clock.ParseCron(row.cron)
		if err != nil {
			t.Errorf("%s: %v", row.says, err)
			continue
		}
		zone, err := time.LoadLocation(row.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.ParseInLocation(time.DateTime, row.after, zone)
		if err != nil {
			if at, err = time.Parse(time.RFC3339, row.after); err != nil {
				t.Fatal(err)
			}
			at = at.In(zone)
		}
		if row.next == "" {
			if next := c.Next(at); !next.IsZero() {
				t.Errorf("%s: runs at %s", row.says, next)
			}
			continue
		}
		for want := range strings.FieldsSeq(row.next) {
			at = c.Next(at)
			layout := "15:04"
			switch {
			case len(want) > len("2006-01-02T15:04"):
				layout = "2006-01-02T15:04-07:00"
			case len(want) > len(layout):
				layout = "2006-01-02T15:04"
			}
			if got := at.Format(layout); got != want {
				t.Errorf("%s: %s, want %s", row.says, at.Format(time.RFC3339), want)
			}
		}
	}
}

func TestFaultySchedulesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5/2 * * * *", "9-5 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *"} {
		if _, err := clock.ParseCron(text); err == nil {
			t.Errorf("%q is not refused", text)
		}
	}
}

// TestEveryTimeOfDayIsMeantOnceADay walks a year of zones and wants, for every
// time of day, one moment each day, in the order of the days.
func TestEveryTimeOfDayIsMeantOnceADay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for hour := range 24 {
			var before time.Time
			for day := range 366 {
				at := clock.Local(2026, 1, 1+day, hour, 30, zone)
				if !at.After(before) || at.Sub(before) > 26*time.Hour && day > 0 {
					t.Fatalf("%s: %s follows %s", name, at, before)
				}
				before = at
			}
		}
	}
}
