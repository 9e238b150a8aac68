package httpclient

type h2 struct{}

func newH2(*conn) *h2                       { return nil }
func (h *h2) goAway()                       {}
func (h *h2) idle() bool                    { return false }
func (s *Session) carryHTTP2(c *conn) error { return nil }
