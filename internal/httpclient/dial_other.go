//go:build !linux

package httpclient

import "syscall"

// lateBind does nothing here: there is no such option.
func lateBind(string, string, syscall.RawConn) error { return nil }
