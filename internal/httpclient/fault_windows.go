package httpclient

import "syscall"

// Socket errors of Windows (WinError.h) that package syscall does not name.
const (
	wsaEMFILE        = syscall.Errno(10024)
	wsaEADDRINUSE    = syscall.Errno(10048)
	wsaEADDRNOTAVAIL = syscall.Errno(10049)
	wsaENOBUFS       = syscall.Errno(10055)
	wsaECONNRESET    = syscall.Errno(10054)
	wsaECONNREFUSED  = syscall.Errno(10061)
	wsaENETUNREACH   = syscall.Errno(10051)
	wsaEHOSTUNREACH  = syscall.Errno(10065)
)

// localLimits are this machine's own limits, with what to do about them.
var localLimits = []struct {
	errno   syscall.Errno
	message string
}{
	{wsaEMFILE, "too many open sockets"},
	{wsaEADDRNOTAVAIL, "no local port or address left: widen the port range or add source addresses"},
	{wsaEADDRINUSE, "no local port left: widen the port range or add source addresses"},
	{wsaENOBUFS, "no buffer space or local port left on this machine"},
}

// plainErrno says what other systems say, so that reports can be compared.
func plainErrno(errno syscall.Errno) string {
	switch errno {
	case wsaECONNRESET:
		return "connection reset by peer"
	case wsaECONNREFUSED:
		return "connection refused"
	case wsaENETUNREACH:
		return "network is unreachable"
	case wsaEHOSTUNREACH:
		return "no route to host"
	}
	return errno.Error()
}
