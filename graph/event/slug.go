package event

// ValidSlug reports whether s can be the id of a catalog entry: 1 to 64 of a–z, 0–9, '.' and '-', with a letter or
// digit at both ends.
func ValidSlug(s string) bool {
	if len(s) < 1 || len(s) > 64 {
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
