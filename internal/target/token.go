package target

import "fmt"

// A token names a user and proves that this target, or one with the same seed,
// issued it, so that it outlives a restart. It protects nothing.
func newToken(seed uint64, email string) string {
	user := mix(seed)
	for _, b := range []byte(email) {
		user = mix(user ^ uint64(b))
	}
	return fmt.Sprintf("%016x%016x", user, seal(seed, user))
}

func validToken(seed uint64, token string) bool {
	if len(token) != 32 {
		return false
	}
	user, ok := unhex(token[:16])
	if !ok {
		return false
	}
	sealed, ok := unhex(token[16:])
	return ok && sealed == seal(seed, user)
}

func seal(seed, user uint64) uint64 { return mix(user ^ mix(^seed)) }

// unhex reads lower-case digits, as newToken writes them.
func unhex(s string) (x uint64, ok bool) {
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9':
			x = x<<4 | uint64(c-'0')
		case 'a' <= c && c <= 'f':
			x = x<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return x, true
}
