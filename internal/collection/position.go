package collection

import (
	"fmt"
	"strings"
	"time"
)

// positionColumn keeps the order by hand: texts that sort by bytes, so that a
// record moves between two others without touching either.
const positionColumn = "position"

// wholeSite says that a collection is ordered within the site, not within a
// reference.
const wholeSite = "*"

// positionDigits are the digits of positions, in the order of their bytes.
const positionDigits = "0123456789abcdefghijklmnopqrstuvwxyz"

// lastPosition is behind every record that was put somewhere before now, so
// that a new record joins the end without asking where that is.
func lastPosition(now time.Time) string {
	micros := now.UnixMicro()
	text := make([]byte, 12) // 36^12 microseconds are 150,000 years
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = positionDigits[micros%36]
		micros /= 36
	}
	return string(text) + "i"
}

// between returns a position behind before and ahead of after; an empty one is
// the beginning or the end. Positions never end in the digit 0, so there is
// always room.
func between(before, after string) (string, error) {
	if after != "" && before >= after {
		return "", fmt.Errorf("there is no position between %q and %q", before, after)
	}
	var made strings.Builder
	open := after == "" // what follows is already ahead of after
	for i := 0; ; i++ {
		low, high := 0, len(positionDigits)
		if i < len(before) {
			low = strings.IndexByte(positionDigits, before[i])
		}
		if !open && i < len(after) {
			high = strings.IndexByte(positionDigits, after[i])
		}
		if low < 0 || high < 0 {
			return "", fmt.Errorf("%q and %q are no positions", before, after)
		}
		switch {
		case high-low > 1:
			made.WriteByte(positionDigits[(low+high)/2])
			return made.String(), nil
		case high > low:
			open = true
		}
		made.WriteByte(positionDigits[low])
	}
}
