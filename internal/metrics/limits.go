package metrics

// Limits are how much of what connections need this process may have. Zero
// means that there is no limit, or that the system does not tell.
type Limits struct {
	Descriptors int // open at once
	Ports       int // local ports, for connections from one address to one server
}

// ReadLimits asks the system.
func ReadLimits() Limits {
	var p platform
	p.open()
	_, ports := p.ports()
	return Limits{Descriptors: p.descriptorLimit(), Ports: ports}
}
