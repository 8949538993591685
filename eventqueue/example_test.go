package eventqueue_test

import (
	"context"
	"fmt"

	"github.com/luart/luart/eventqueue"
)

func Example() {
	type event struct {
		name string
		arg  any
	}
	q := eventqueue.New(eventqueue.Events[event]{
		Timer:     func(id int) event { return event{"timer", id} },
		Alarm:     func(id int) event { return event{"alarm", id} },
		Terminate: func() event { return event{"terminate", nil} },
	}, eventqueue.Options{})
	defer q.Close()

	ctx := context.Background()
	go func() { // a source: it waits while the queue has no room
		_ = q.Post(ctx, event{"websocket_message", "hello"})
	}()
	for { // the computer
		e, err := q.Next(ctx)
		if err != nil {
			return
		}
		fmt.Println(e.name, e.arg)
		switch e.name {
		case "websocket_message":
			_, _ = q.StartTimer(0)
		case "timer":
			_ = q.Terminate()
		case "terminate":
			return
		}
	}
	// Output:
	// websocket_message hello
	// timer 0
	// terminate <nil>
}
