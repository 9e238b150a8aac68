package httpclient

import "net/url"

func validateProxy(u *url.URL) error                    { return nil }
func proxyAddress(u *url.URL) string                    { return u.Host }
func (c *Client) absolute(t *Target) bool               { return false }
func (c *Client) hop(t *Target) *Target                 { return t }
func (c *Client) tunnels(t *Target) bool                { return false }
func (c *Client) speaksHTTP2(*conn) bool                { return false }
func (s *Session) tunnel(c *conn, target *Target) error { return nil }
