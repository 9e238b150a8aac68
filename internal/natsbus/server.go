package natsbus

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Limits of an embedded server.
const (
	maxPayload  = 8 << 20
	serverReady = 10 * time.Second
)

// startServer starts an embedded server that lets in who has a token.
func startServer(listen, dir string, k *keys, auth server.Authentication) (*server.Server, error) {
	host, port, err := split(listen)
	if err != nil {
		return nil, err
	}
	if port == server.RANDOM_PORT && k.Port > 0 {
		port = k.Port
	}
	config, err := k.server()
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "loadforge-" + k.Run, Host: host, Port: port, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: filepath.Join(dir, "stream"), SyncInterval: time.Second,
		MaxPayload: maxPayload, TLSConfig: config, TLSTimeout: 5, TLS: true,
		CustomClientAuthentication: auth, NoSystemAccount: true,
		// Workers come back by the name they know. Addresses of the server's own
		// would mislead them where it is moved, as behind a Service.
		Cluster: server.ClusterOpts{NoAdvertise: true},
	})
	if err != nil {
		return nil, fmt.Errorf("start the bus: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(serverReady) {
		s.Shutdown()
		return nil, fmt.Errorf("start the bus: it does not listen on %s; is the port in use? --listen names another", listen)
	}
	return s, nil
}

func split(listen string) (host string, port int, err error) {
	if listen == "" {
		return "127.0.0.1", server.RANDOM_PORT, nil
	}
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fmt.Errorf("--listen %q: want HOST:PORT", listen)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("--listen %q: %q is no port", listen, text)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

// A doorman lets workers in and gives them their own subjects.
type doorman struct {
	guests *guests
	names  subjects
	own    string // password of the coordinator's own connection
}

// Check implements [server.Authentication].
func (d *doorman) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Username == "" && o.Password == d.own {
		c.RegisterUser(&server.User{Username: "coordinator"})
		return true
	}
	if d.guests.admit(o.Username, o.Password, time.Now()) != nil {
		return false
	}
	c.RegisterUser(&server.User{Username: o.Username, Permissions: d.permissions(o.Username)})
	return true
}

func (d *doorman) permissions(worker string) *server.Permissions {
	n := d.names
	return &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			n.kept(worker), n.said(worker), n.brief(worker), n.time(), n.blob(),
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{n.told(worker), n.inbox(worker) + ".>"}},
	}
}
