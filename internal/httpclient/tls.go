package httpclient

import (
	"crypto/tls"
)

// tlsConfig returns the settings all connections start from.
func (c *Config) tlsConfig() *tls.Config {
	config := &tls.Config{}
	if c.TLS != nil {
		config = c.TLS.Clone()
	}
	if c.Insecure {
		config.InsecureSkipVerify = true
	}
	config.NextProtos = []string{"http/1.1"}
	if c.Protocol == HTTP2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	return config
}

// tlsConfig returns the settings for a connection to target. Tickets are the
// session's own: a new user makes a full handshake, a returning one resumes.
func (s *Session) tlsConfig(target *Target) *tls.Config {
	config := s.client.tls.Clone()
	if config.ServerName == "" {
		config.ServerName = target.Host
	}
	if config.ClientSessionCache == nil {
		config.ClientSessionCache = &s.tickets
	}
	return config
}

// tickets keeps the TLS sessions of one user, the latest of a few hosts. The
// zero value is empty.
type tickets struct {
	kept []ticket // latest last
}

type ticket struct {
	key   string
	state *tls.ClientSessionState
}

const maxTickets = 4

// Get returns the latest ticket for a key.
func (t *tickets) Get(key string) (*tls.ClientSessionState, bool) {
	for _, k := range t.kept {
		if k.key == key {
			return k.state, true
		}
	}
	return nil, false
}

// Put replaces the ticket of a key; nil removes it.
func (t *tickets) Put(key string, state *tls.ClientSessionState) {
	for i, k := range t.kept {
		if k.key == key {
			t.kept = append(t.kept[:i], t.kept[i+1:]...)
			break
		}
	}
	if len(t.kept) == maxTickets {
		t.kept = t.kept[1:]
	}
	if state != nil {
		t.kept = append(t.kept, ticket{key, state})
	}
}

// handshake turns the connection into a TLS one.
func (s *Session) handshake(c *conn, target *Target) error {
	start := Now()
	due := s.due
	if limit := s.client.config.TLSTimeout; limit > 0 {
		due = min(due, later(start, limit))
	}
	if limit := s.client.config.ConnectTimeout; limit > 0 {
		due = min(due, later(s.now, limit)) // since connecting began
	}
	c.wire.begin(false)
	s.watch.arm(c.wire.Conn, start, due, again)
	defer s.watch.disarm()
	c.tls = tls.Client(c.wire, s.tlsConfig(target))
	err := c.tls.Handshake()
	s.timing().TLS = Now() - start
	return err
}
