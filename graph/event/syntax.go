package event

import (
	"strings"
	"unicode/utf8"
)

// The limits of strings, in bytes.
const (
	maxSlug  = 64
	maxToken = 200
	maxLine  = 1000
	maxText  = 32 << 10
)

// ValidSlug reports whether s can be the id of a catalog entry: 1 to 64 of a–z, 0–9, '.' and '-', with a letter or
// digit at both ends.
func ValidSlug(s string) bool {
	if len(s) < 1 || len(s) > maxSlug {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case (c == '-' || c == '.') && i > 0 && i < len(s)-1:
		default:
			return false
		}
	}
	return true
}

// validToken reports whether s can be a public reference: letters, digits and . _ : / - of ASCII, at most 200. It is
// wide enough for identifiers of other systems and too narrow for a sentence about somebody.
func validToken(s string) bool {
	if len(s) < 1 || len(s) > maxToken {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.' || c == '_' || c == ':' || c == '/' || c == '-':
		default:
			return false
		}
	}
	return true
}

// validUnit reports whether s can be the unit of a quantity: A–Z and '_', at most 64.
func validUnit(s string) bool {
	if len(s) < 1 || len(s) > maxSlug {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'A' || c > 'Z') && (c != '_' || i == 0) {
			return false
		}
	}
	return true
}

// validLine reports whether s is one line: UTF-8 without control characters, at most 1,000 bytes.
func validLine(s string) bool { return len(s) <= maxLine && printable(s, false) }

// validText reports whether s is free text: UTF-8 without control characters other than tab and line ends, at most
// 32 KiB.
func validText(s string) bool { return len(s) <= maxText && printable(s, true) }

func printable(s string, lines bool) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 0x20 && !(lines && (c == '\n' || c == '\r' || c == '\t')) || c == 0x7f {
			return false
		}
		// U+0080 to U+009F are control characters too.
		if c == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0 {
			return false
		}
	}
	return utf8.ValidString(s)
}

// ValidDigest reports whether s is "sha256:" and 64 lower-case hex digits.
func ValidDigest(s string) bool {
	hex, ok := strings.CutPrefix(s, "sha256:")
	if !ok || len(hex) != 64 {
		return false
	}
	for i := 0; i < len(hex); i++ {
		if c := hex[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// validMediaType reports whether s is a media type without parameters, in lower case, such as "image/jpeg".
func validMediaType(s string) bool {
	a, b, ok := strings.Cut(s, "/")
	return ok && validMediaName(a) && validMediaName(b)
}

func validMediaName(s string) bool {
	if len(s) < 1 || len(s) > 127 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case i > 0 && strings.IndexByte("!#$&-^_.+", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// validHours reports whether s is "06:00-20:00", with "24:00" as the end of a day.
func validHours(s string) bool {
	if len(s) != 11 || s[5] != '-' {
		return false
	}
	a, b := s[:5], s[6:]
	return clock(a) && a != "24:00" && clock(b) && a != b
}

func clock(s string) bool {
	h, ok1 := digits(s, 0, 2)
	m, ok2 := digits(s, 3, 2)
	return ok1 && ok2 && s[2] == ':' && m < 60 && (h < 24 || h == 24 && m == 0)
}

// validPeriod reports whether s is a duration of ISO 8601 that counts from a date: P, then years, months, weeks, days,
// then T with hours, minutes, seconds, each at most once and in this order.
func validPeriod(s string) bool {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || len(s) > 32 {
		return false
	}
	units, some := "YMWD", false
	for rest != "" {
		if rest[0] == 'T' && units != "" && strings.IndexByte("HMS", units[0]) < 0 {
			if rest, units = rest[1:], "HMS"; rest == "" {
				return false
			}
			continue
		}
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 0 || n > 6 || n == len(rest) {
			return false
		}
		at := strings.IndexByte(units, rest[n])
		if at < 0 {
			return false
		}
		units, rest, some = units[at+1:], rest[n+1:], true
		if units == "" && rest != "" && rest[0] == 'T' {
			units = "D" // after days only the time of day may follow
		}
	}
	return some
}

// countries are the 249 officially assigned codes of ISO 3166-1 alpha-2, and XK, which the standard leaves to its
// users and the EU uses for Kosovo.
const countries = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW " +
	"BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM " +
	"FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE " +
	"JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP " +
	"MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA " +
	"RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR " +
	"TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"

var isCountry = func() (set [26 * 26]bool) {
	for _, c := range strings.Fields(countries) {
		set[int(c[0]-'A')*26+int(c[1]-'A')] = true
	}
	return set
}()

// Countries returns the country codes that are taken, in order.
func Countries() []string { return strings.Fields(countries) }

func validCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z' && isCountry[int(s[0]-'A')*26+int(s[1]-'A')]
}
