package cli

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/dashboard"
	"github.com/loadforge/loadforge/internal/store"
)

// saved are the flags of the dashboard of stored runs.
type saved struct {
	addr   string
	port   uint16
	hosts  []string
	token  bool
	open   bool
	output string
}

// dashboardCommand serves stored runs.
func (a *app) dashboardCommand() *cobra.Command {
	o := new(saved)
	cmd := &cobra.Command{
		Use:   "dashboard [run or results directory]...",
		Short: "Show stored runs in the browser, and the history of all",
		Example: `  loadforge dashboard --open
  loadforge dashboard results/20261123-101500_shop_4f2a --port 9000`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.fromEnvironment(cmd, a.getenv); err != nil {
				return err
			}
			return a.dashboard(cmd, o, args)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&o.addr, "addr", dashboard.DefaultAddr, "HOST:PORT to serve at; a busy port falls forward to a free one")
	fs.Uint16Var(&o.port, "port", 0, "port of this machine to serve at, in place of --addr")
	fs.StringArrayVar(&o.hosts, "host", nil, "another name it is reached by (repeatable)")
	fs.BoolVar(&o.token, "token", false, "let nobody in without the token of the link; always so where other machines reach it")
	fs.BoolVar(&o.open, "open", false, "open it in the browser")
	fs.StringVarP(&o.output, "output", "o", resultsDir, "directory of the results, if no run is named")
	return cmd
}

// fromEnvironment sets what was not given from the variables that run has for
// the same.
func (o *saved) fromEnvironment(cmd *cobra.Command, env Lookup) error {
	names := map[string]string{"addr": "dashboard-addr", "host": "dashboard-host", "token": "dashboard-token", "open": "open", "output": "output"}
	var failed []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := variable(names[f.Name])
		value, ok := env(name)
		if !ok || value == "" || f.Changed || names[f.Name] == "" || f.Name == "addr" && cmd.Flags().Changed("port") {
			return
		}
		if err := setAll(cmd.Flags(), f, value); err != nil {
			failed = append(failed, fmt.Errorf("%s %s", name, reason(err)))
		}
	})
	return errors.Join(failed...)
}

func (a *app) dashboard(cmd *cobra.Command, o *saved, args []string) error {
	if cmd.Flags().Changed("port") {
		if cmd.Flags().Changed("addr") {
			return errors.New("--port and --addr exclude each other")
		}
		o.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(int(o.port)))
	}
	runs, err := a.shelfOf(o, args)
	if err != nil {
		return err
	}
	received, unsubscribe := a.signals()
	defer unsubscribe()
	server, err := dashboard.Listen(dashboard.NewSaved(runs), dashboard.ServerConfig{Addr: o.addr, Hosts: o.hosts, Token: o.token})
	if err != nil {
		return fmt.Errorf("%w; --addr names another", err)
	}
	defer server.Close()
	link := linkTo(server.URL(), runs)
	fmt.Fprintf(a.err, "dashboard: %s\nCtrl-C ends it\n", link)
	defer a.openBrowser(o.open, link)()
	select {
	case <-received:
	case <-cmd.Context().Done():
	}
	return nil
}

// shelfOf finds the runs that arguments name.
func (a *app) shelfOf(o *saved, args []string) (shelf, error) {
	s := shelf{app: a}
	if len(args) == 0 {
		args = []string{o.output}
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil && filepath.IsLocal(arg) {
			arg = filepath.Join(o.output, arg) // the ID of a run
			info, err = os.Stat(arg)
		}
		if err != nil {
			return s, fmt.Errorf("%w; name a run, or a directory of results", err)
		}
		if !info.IsDir() {
			arg = filepath.Dir(arg) // a file of a run
		}
		path, err := filepath.EvalSymlinks(arg) // latest
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			return s, err
		}
		if _, err := store.Glance(path); err == nil {
			s.single = append(s.single, path)
		} else {
			s.results = append(s.results, path)
		}
	}
	return s, nil
}

// linkTo is what to open: a run that is the only one, or the list.
func linkTo(link string, s shelf) string {
	u, err := url.Parse(link)
	if err != nil || len(s.single) != 1 || len(s.results) > 0 {
		return link
	}
	u.Path = "/runs/" + filepath.Base(s.single[0]) + "/"
	return u.String()
}
