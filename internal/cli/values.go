package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/config"
)

// durationValue is a flag that takes 30s, 1h30m or a number of seconds.
type durationValue struct{ to *time.Duration }

func (v durationValue) String() string {
	if v.to == nil {
		return ""
	}
	return v.to.String()
}

func (v durationValue) Set(s string) (err error) {
	*v.to, err = config.Duration(s)
	return err
}

func (v durationValue) Type() string { return "duration" }

// rateValue is a flag that takes 500, 500/s or 30/m.
type rateValue struct{ to *float64 }

func (v rateValue) String() string {
	if v.to == nil {
		return ""
	}
	return strconv.FormatFloat(*v.to, 'g', -1, 64)
}

func (v rateValue) Set(s string) (err error) {
	*v.to, err = config.PerSecond(s)
	return err
}

func (v rateValue) Type() string { return "rate" }

// levelValue is a flag that takes a level: a finite number of at least 0.
type levelValue struct {
	to    *float64
	whole bool
}

func (v levelValue) String() string {
	if v.to == nil {
		return ""
	}
	return strconv.FormatFloat(*v.to, 'g', -1, 64)
}

func (v levelValue) Set(s string) error {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case v.whole && (err != nil || f < 0 || f > 1e9 || f != float64(int64(f))):
		return fmt.Errorf("must be a whole number of at least 0, is %q", s)
	case err != nil || f != f || f < 0 || f > 1e9:
		return fmt.Errorf("must be a number of at least 0, is %q", s)
	}
	*v.to = f
	return nil
}

func (v levelValue) Type() string {
	if v.whole {
		return "N"
	}
	return "level"
}

// shareValue is a flag that takes a share: 0.05 or 5%.
type shareValue struct{ to *float64 }

func (v shareValue) String() string {
	if v.to == nil {
		return ""
	}
	return strconv.FormatFloat(*v.to, 'g', -1, 64)
}

func (v shareValue) Set(s string) error {
	number, percent := strings.CutSuffix(s, "%")
	f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f >= 0 && f <= 1) { // so that it refuses NaN as well
		return fmt.Errorf("must be a share such as 0.05 or 5%%, is %q", s)
	}
	*v.to = f
	return nil
}

func (v shareValue) Type() string { return "share" }
