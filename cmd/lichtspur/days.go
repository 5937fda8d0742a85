package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// days is a flag for a stretch of time that may be given in days, "90d", which time.ParseDuration does not know.
type days time.Duration

func (d *days) String() string {
	t := time.Duration(*d)
	if t >= 24*time.Hour && t%(24*time.Hour) == 0 {
		return strconv.FormatInt(int64(t/(24*time.Hour)), 10) + "d"
	}
	return t.String()
}

func (d *days) Set(s string) error {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		v, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no number of days", s)
		}
		*d = days(time.Duration(v) * 24 * time.Hour)
		return nil
	}
	t, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is no stretch of time like 12h or 90d", s)
	}
	*d = days(t)
	return nil
}

func (d *days) Type() string { return "time" }
