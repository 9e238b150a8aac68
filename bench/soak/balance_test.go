package main

import (
	"strings"
	"testing"
)

func TestBalance(t *testing.T) {
	type counts = map[string]int64
	for _, tt := range []struct {
		name string
		b    balance
		want string // what is wrong
	}{
		{
			"equal, but for what was refused",
			balance{read: 12, made: counts{"ok": 5, "reset": 3, "body": 4}, reported: counts{"ok": 5, "reset": 3, "body": 4, "connect": 7}},
			"",
		},
		{
			"under way when the door was closed",
			balance{read: 8, made: counts{"ok": 5, "reset": 3, "cut": 2}, reported: counts{"ok": 5, "reset": 5}},
			"",
		},
		{
			"more resets than that",
			balance{read: 8, made: counts{"ok": 5, "reset": 3, "cut": 2}, reported: counts{"ok": 5, "reset": 6}},
			"11 requests reported as sent, but 8 read and 2 connections closed\n6 requests of class reset reported, want 3 to 5",
		},
		{
			"an answer that came too late",
			balance{read: 200, made: counts{"ok": 199, "timeout": 1}, reported: counts{"ok": 198, "timeout": 2}},
			"",
		},
		{
			"an answer that is not reported",
			balance{read: 8, made: counts{"ok": 8}, reported: counts{"ok": 7}},
			"7 requests reported as sent, but 8 read and 0 connections closed\n7 requests of class ok reported, want 8 to 8",
		},
		{
			"a fault taken for another",
			balance{read: 8, made: counts{"body": 8}, reported: counts{"body": 7, "protocol": 1}},
			"7 requests of class body reported, want 8 to 8\n1 requests of class protocol reported, want 0 to 0",
		},
		{
			"a fault that nobody made",
			balance{read: 1, made: counts{"ok": 1}, reported: counts{"tls": 1}},
			"0 requests of class ok reported, want 1 to 1\n1 requests of class tls reported, but the server makes none",
		},
		{
			"cut by the end",
			balance{read: 5, made: counts{"ok": 5}, reported: counts{"ok": 4}, cancelled: 1},
			"",
		},
	} {
		got := ""
		if err := tt.b.check(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheTableHasEachClass(t *testing.T) {
	b := balance{read: 6, made: map[string]int64{"ok": 5, "reset": 1, "cut": 3}, reported: map[string]int64{"ok": 5, "reset": 2, "connect": 9}}
	for _, want := range []string{"| reset | 2 | 1 |", "| connect | 9 | refused unseen |", "7 requests reported as sent, 6 read by the server. 1 were reset"} {
		if got := b.table(); !strings.Contains(got, want) {
			t.Errorf("got %s, want %q in it", got, want)
		}
	}
}
