package types

import (
	"fmt"
	"strings"
)

// Event is what can be known of an event: its name, and the values that it carries, as LuaCATS types with names.
type Event struct {
	Name   string
	Values []EventValue
	About  string
}

// EventValue is a value that an event carries.
type EventValue struct{ Name, Type string }

// Events returns the events that the host and the ROM queue, in the order of their names.
func Events() []Event {
	return []Event{
		event("alarm", "the time of os.setAlarm has come", "id: integer"),
		event("archive_done", "a job of luart.archive has ended", "id: integer"),
		event("archive_failed", "a job of luart.archive has failed, or was cancelled", "id: integer", "message: string", "failure: luart.Failure"),
		event("archive_progress", "a job of luart.archive goes on", "id: integer", "entry: string", "files: integer", "bytes: integer?"),
		event("char", "a character was typed", "character: string"),
		event("computer_command", "the command computercraft queue was used", "...: string"),
		event("disk", "a disk was put into a drive", "side: string"),
		event("disk_eject", "a disk was taken out of a drive", "side: string"),
		event("download_done", "a file of luart.download is there", "id: integer", "path: string?"),
		event("download_failed", "a download of luart.download has failed, or was cancelled", "id: integer", "message: string", "failure: luart.Failure"),
		event("download_progress", "a download of luart.download goes on", "id: integer", "received: integer", "total: integer?"),
		event("file_transfer", "files were dropped onto the terminal", "files: { getFiles: fun(): (fs.BinaryReadFile[]) }"),
		event("http_check", "http.checkURLAsync has finished", "url: string", "ok: boolean", "message: string?"),
		event("http_failure", "a request has failed; if there is a response all the same, it is the last value", "url: string", "message: string", "response: http.Response?"),
		event("http_request", "a client asks a server of this computer", "port: integer", "request: http.ServerRequest", "response: http.ServerResponse"),
		event("http_success", "a request was answered", "url: string", "response: http.Response"),
		event("key", "a key was pressed, or is held", "key: integer", "held: boolean"),
		event("key_up", "a key was let go", "key: integer"),
		event("modem_message", "a modem has heard something on a channel that is open; the distance is nil if it came from afar", "side: string", "channel: integer", "reply_channel: integer", "message: any", "distance: number?"),
		event("monitor_resize", "a monitor has another size", "side: string"),
		event("monitor_touch", "a monitor was touched", "side: string", "x: integer", "y: integer"),
		event("mouse_click", "a mouse button was pressed: 1 left, 2 right, 3 the wheel", "button: integer", "x: integer", "y: integer"),
		event("mouse_drag", "the mouse was moved while a button is held", "button: integer", "x: integer", "y: integer"),
		event("mouse_scroll", "the wheel was turned: -1 up, 1 down", "direction: integer", "x: integer", "y: integer"),
		event("mouse_up", "a mouse button was let go", "button: integer", "x: integer", "y: integer"),
		event("paste", "a text was pasted: one line, 512 characters at most", "text: string"),
		event("peripheral", "a peripheral was attached", "side: string"),
		event("peripheral_detach", "a peripheral was detached", "side: string"),
		event("rednet_message", "a message has come over rednet", "sender: integer", "message: any", "protocol: string?"),
		event("redstone", "an input has changed"),
		event("server_stop", "ends http.listen"),
		event("setting_changed", "a setting has another value", "name: string", "value: any", "old: any"),
		event("speaker_audio_empty", "a speaker can take more", "name: string"),
		event("task_complete", "a task that was started has finished", "id: integer", "ok: boolean", "...: any"),
		event("term_resize", "the terminal has another size"),
		event("terminate", "the program is to end; os.pullEvent throws \"Terminated\" instead of returning it"),
		event("timer", "the time of os.startTimer is over", "id: integer"),
		event("turtle_inventory", "the items of the turtle have changed"),
		event("watch", "something has changed where luart.watch watches; changes of the watch tells what", "id: integer"),
		event("websocket_closed", "a websocket was closed by the other side", "url: string", "reason: string?", "code: integer?"),
		event("websocket_failure", "a websocket can't be opened", "url: string", "message: string"),
		event("websocket_message", "a message has come", "url: string", "message: string", "binary: boolean"),
		event("websocket_server_closed", "the connection of a client's WebSocket has ended", "clientID: userdata", "reason: string?", "code: integer?"),
		event("websocket_server_connect", "a client has opened a WebSocket to an http.websocketServer", "port: integer", "websocket: http.ServerWebsocket"),
		event("websocket_server_message", "a message has come from a client of an http.websocketServer", "clientID: userdata", "message: string", "binary: boolean"),
		event("websocket_success", "a websocket is open", "url: string", "websocket: http.Websocket"),
	}
}

func event(name, about string, values ...string) Event {
	e := Event{Name: name, About: about}
	for _, v := range values {
		name, typ, _ := strings.Cut(v, ": ")
		e.Values = append(e.Values, EventValue{name, typ})
	}
	return e
}

// eventDefinitions makes the definitions of the events, and of the functions that wait for them: with one overload for each
// event, so that its values have their types.
func eventDefinitions() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---@meta\n%s\n\n---The events of the host and of the ROM. Programs may queue others with os.queueEvent.\n---@alias event.name\n", mark)
	for _, e := range Events() {
		fmt.Fprintf(&b, "---| %q # %s\n", e.Name, e.About)
	}
	pull := func(name, about string, has func(Event) bool) {
		fmt.Fprintf(&b, "\n%s", about)
		for _, e := range Events() {
			if !has(e) {
				continue
			}
			fmt.Fprintf(&b, "---@overload fun(filter: %q): %q", e.Name, e.Name)
			for _, v := range e.Values {
				if v.Name == "..." {
					b.WriteString(", ...")
				} else {
					b.WriteString(", " + v.Type)
				}
			}
			b.WriteString("\n")
		}
		b.WriteString("---@async\n---@param filter? event.name|string only an event of this name ends the wait; others are thrown away\n" +
			"---@return event.name|string event\n---@return any ... what the event carries\n" +
			"function " + name + "(filter) end\n")
	}
	pull("os.pullEvent", "---Waits for the next event. Throws \"Terminated\" when the program is asked to end.\n",
		func(e Event) bool { return e.Name != "terminate" })
	pull("os.pullEventRaw", "---Waits for the next event, `terminate` included, which passes every filter.\n",
		func(Event) bool { return true })
	return b.String()
}
