package cluster

import (
	"fmt"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// SpareDescriptors are those a process needs besides its users' connections.
const SpareDescriptors = 64

// Shortages says what this machine lacks for all users of the plan to be
// connected at once, each with the command that helps: known before the run, it
// costs a minute; found out in it, the run. Users of the open model don't count,
// for the pool only becomes as large as it has to. The limits are those of a
// process, of which there are as many as workers.
func (p *Plan) Shortages(l metrics.Limits, workers int) (notes []string) {
	users := p.closedUsers()
	each := (users + max(workers, 1) - 1) / max(workers, 1)
	if need := each + SpareDescriptors; l.Descriptors > 0 && need > l.Descriptors {
		notes = append(notes, fmt.Sprintf("%d users need about %d descriptors in a process, which may have %d: "+
			"raise the hard limit with ulimit -Hn %d (LimitNOFILE= in systemd), or use more processes with --workers %d",
			users, need, l.Descriptors, need, neededWorkers(users, l.Descriptors)))
	}
	if have := l.Ports * max(p.Sources, 1); l.Ports > 0 && users > have {
		notes = append(notes, fmt.Sprintf("%d users need as many local ports to one server, and there are %d: "+
			`widen the range with sysctl -w net.ipv4.ip_local_port_range="1024 65535", or connect from %d addresses of this machine with --local-addr`,
			users, have, (users+l.Ports-1)/l.Ports))
	}
	return notes
}

func neededWorkers(users, descriptors int) int {
	room := max(descriptors-SpareDescriptors, 1)
	return (users + room - 1) / room
}

// closedUsers is the most users that the loads of the closed model have, were
// all of them at their peak at once.
func (p *Plan) closedUsers() (users int) {
	for i := range p.Loads {
		if l := &p.Loads[i]; l.Model == Users && l.Pattern != nil {
			users += pattern.Whole(pattern.Max(l.Pattern))
		}
	}
	return users
}
