// The worker process of the tests: it says hello, with its brief for a name, and
// ends when it is told to stop or nobody is there any more.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/crew"
	"github.com/loadforge/loadforge/internal/wire"
)

func main() { os.Exit(work()) }

func work() int {
	brief, stream, err := crew.Enlist()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	link := wire.NewLink(stream)
	fmt.Println("hello from user code") // must not get in the way
	name := fmt.Sprint(brief.Name, brief.Args, brief.Env)
	_ = link.Send(context.Background(), cluster.Message{Hello: &cluster.Hello{Name: name}})
	for {
		select {
		case m := <-link.Messages():
			if m.Stop != nil {
				_ = stream.Close()
				return 3
			}
		case <-link.Ended():
			return 0
		}
	}
}
