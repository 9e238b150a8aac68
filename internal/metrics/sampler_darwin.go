package metrics

// openDescriptors counts the entries of /dev/fd.
func openDescriptors() int { return listedDescriptors("/dev/fd") }
