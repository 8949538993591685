package settings

import "strings"

// Type is what values of a key are.
type Type int

// The types. Numbers of bytes may have a unit (KiB, MiB, GiB), times a unit as well (ms, s, m, h); without one they are bytes and seconds.
const (
	String Type = iota
	Path        // relative to the folder of the configuration file
	Int
	Float
	Bool
	List // of strings, between spaces
	Size // in bytes
	Span // in seconds
)

var typeNames = [...]string{"text", "path", "integer", "number", "true or false", "list", "size", "time"}

// String returns the name of the type for people.
func (t Type) String() string { return typeNames[t] }

// Key is one setting.
type Key struct {
	Section, Name string
	Type          Type
	Default       string  // as it would stand in the file; "" is the empty value of the type
	Min, Max      float64 // of numbers, sizes and times, if Max is not 0
	Values        string  // the texts that are allowed, between spaces; "": any
	Secret        bool    // never shown
	AtStart       bool    // counts when the server starts; what a reload says of it doesn't
	Unused        bool    // accepted, since other programs' files have it, without any effect
	Doc           string
}

// ID is what people call the key: section.name.
func (k Key) ID() string { return k.Section + "." + k.Name }

// Variable is the name of the environment variable that sets the key.
func (k Key) Variable() string { return prefix + strings.ToUpper(k.Section+"_"+k.Name) }

const prefix = "LUART_"

// Sections whose keys are the user's own.
const (
	parameters = "plugin_parms" // parameters of plugins
	values     = "values"       // what ${values:key} refers to
)

// facade returns the keys that all facades have.
func facade(section, port, what, secret string) []Key {
	keys := []Key{
		{Section: section, Name: "enabled", Type: Bool, Default: "true", Doc: "Whether " + what + " is served."},
		{Section: section, Name: "bindto", Default: "127.0.0.1", Doc: "IP address to listen on; 0.0.0.0 or :: for all of the machine's. Addresses besides those of the loopback need " + secret + ", or open."},
		{Section: section, Name: "port", Type: Int, Default: port, Max: 65535, Doc: "Port to listen on; 0 for any that is free."},
		{Section: section, Name: "open", Type: Bool, Default: "false", Doc: "Serve all who can reach the address, without " + secret + "."},
		{Section: section, Name: "allowed_hosts", Type: List, Doc: "Names besides those of the loopback that the Host header of requests may have."},
	}
	if section != "network" {
		keys = append(keys,
			Key{Section: section, Name: "token", Secret: true, Doc: "What clients have to send as \"Authorization: Bearer TOKEN\". Without it, none is asked for."},
			Key{Section: section, Name: "origins", Type: List, Doc: "Origins of web pages, such as https://example.com, that may send requests; * is all."})
	}
	return keys
}

// Keys are all settings, in the order in which people read them.
var Keys = concat(
	[]Key{
		{Section: "paths", Name: "plugins", Type: Path, Default: "plugins", AtStart: true, Doc: "Folder of the plugins."},
		{Section: "paths", Name: "data", Type: Path, Default: "data", AtStart: true, Doc: "Folder of what plugins store, of logs, profiles and caches. It is made when it is missing."},
		{Section: "paths", Name: "documents", Type: List, Doc: "Folders that the Plugin Server serves as files, each as PATH:FOLDER, or FOLDER alone for /doc. A reload can leave some out, but not add others."},
		{Section: "paths", Name: "secrets", Type: Path, Default: "secrets.txt", AtStart: true, Doc: "File of lines KEY=VALUE that plugins read with getSecret."},
		{Section: "paths", Name: "pidfile", Type: Path, AtStart: true, Doc: "File to write the number of the process to; it is removed at the end."},
	},
	facade("network", "9192", "the Plugin Server", "auth.apikey"),
	[]Key{
		{Section: "network", Name: "log_requests", Type: Bool, Default: "false", Doc: "Whether its requests are in the log."},
		{Section: "ssl", Name: "enabled", Type: Bool, Default: "false", Doc: "Whether the Plugin Server speaks HTTPS."},
		{Section: "ssl", Name: "certfile", Type: Path, Doc: "The certificate and those that it needs, in PEM."},
		{Section: "ssl", Name: "keyfile", Type: Path, Doc: "The certificate's private key, in PEM."},
		{Section: "cors", Name: "enabled", Type: Bool, Default: "false", Doc: "Whether pages of other origins may use the Plugin Server."},
		{Section: "cors", Name: "origin_url", Type: List, Doc: "Those origins, such as https://example.com."},
		{Section: "cors", Name: "acl", Type: List, Doc: "Ends of host names whose origins are allowed as well, such as .example.com."},
		{Section: "auth", Name: "apikey", Secret: true, Doc: "Key for the plugin utilities of the Plugin Server, and for plugins with auth_type=global."},
		{Section: "file_server", Name: "indexfile", Default: "index.html", Doc: "File that stands for its folder."},
		{Section: "file_server", Name: "markdown", Type: Bool, Default: "true", Doc: "Whether files *.md are shown as pages."},
		{Section: "file_server", Name: "markdown_css", Doc: "URL of a style sheet for these pages."},
		{Section: "file_server", Name: "highlight_css", Doc: "URL of a style sheet for the code in these pages."},
		{Section: "file_server", Name: "common_log", Type: Path, AtStart: true, Doc: "File for a line about each request, in the Common Log Format."},
		{Section: "file_server", Name: "log_includes", Type: Bool, Unused: true},
		{Section: "file_server", Name: "markdown_envelope", Unused: true},
	},
	facade("ratchet", "5460", "the Ratchet web server", "ratchet.token"),
	[]Key{
		{Section: "ratchet", Name: "log_requests", Type: Bool, Default: "false", Doc: "Whether its requests are in the log."},
	},
	facade("rpc", "6133", "JSON-RPC over WebSocket", "rpc.token"),
	[]Key{
		{Section: "rpc", Name: "max_message", Type: Size, Default: "4MiB", Min: 1024, Max: 1 << 30, Doc: "Bytes of a message; larger ones close the connection with 1009."},
		{Section: "rpc", Name: "max_batch", Type: Int, Default: "100", Min: 1, Max: 10000, Doc: "Requests in a batch."},
		{Section: "rpc", Name: "max_in_flight", Type: Int, Default: "128", Min: 1, Max: 10000, Doc: "Requests of a connection that are under way at a time; others wait."},
		{Section: "rpc", Name: "max_clients", Type: Int, Default: "4096", Min: 1, Max: 4096, Doc: "Connections at a time; others get 503."},
		{Section: "rpc", Name: "max_depth", Type: Int, Default: "64", Min: 1, Max: 1000, Doc: "How deep arrays and objects may stand in each other."},
		{Section: "rpc", Name: "send_buffer", Type: Size, Default: "4MiB", Min: 1024, Max: 1 << 30, Doc: "Bytes that wait for a client; slower ones are closed with 1013."},
		{Section: "rpc", Name: "call_time", Type: Span, Default: "30s", Min: 0.001, Max: 86400, Doc: "Time for a call, until its error is \"timeout\"."},
		{Section: "rpc", Name: "auth_time", Type: Span, Default: "10s", Min: 0.001, Max: 3600, Doc: "Time for the first message of a connection that has not shown the token yet."},
		{Section: "rpc", Name: "max_subscriptions", Type: Int, Default: "1000", Min: 1, Max: 1000000, Doc: "Topics that a connection may be subscribed to."},
		{Section: "rpc", Name: "compression", Type: Bool, Default: "true", Doc: "Whether messages may be compressed (permessage-deflate)."},
	},
	facade("packages", "51515", "the package API", "packages.token"),
	[]Key{
		{Section: "packages", Name: "profiles", Type: Path, AtStart: true, Doc: "Folder of the profiles; empty: profiles in the data folder."},
		{Section: "packages", Name: "folders", AtStart: true, Doc: "Folders besides that of the profiles in which Plugins and caches may be, with : between them (; on Windows). Empty: Documents/SimCity 4 in the home folder, and sc4pac in that for caches."},
		{Section: "packages", Name: "channels", Type: List, Doc: "URLs of the channels that a new profile has."},
	},
	[]Key{
		{Section: "plugins", Name: "watch", Type: List, Doc: "Plugins to reload when their files change; * is all."},
		{Section: "plugins", Name: "call_time", Type: Span, Default: "5s", Min: 0.001, Max: 3600, Doc: "Lua time for a call into a plugin, until it fails with \"Too long without yielding\"."},
		{Section: "plugins", Name: "slice", Type: Span, Default: "5ms", Min: 0.0005, Max: 1, Doc: "Lua time that a call into a plugin has until others have their turn; its later turns are a fifth of that."},
		{Section: "plugins", Name: "memory", Type: Size, Default: "64MiB", Min: 1 << 20, Max: 1 << 40, Doc: "What the values of a plugin may take."},
		{Section: "plugins", Name: "development", Type: Bool, Default: "false", Doc: "Whether answers to clients have the traceback of errors."},
		{Section: "plugins", Name: "listen", Default: "loopback", Values: "loopback any", Doc: "Where servers of plugins may listen: on this machine's loopback addresses, or on any. It counts for those that are opened from then on."},
		{Section: "plugins", Name: "allow_private", Type: Bool, Default: "false", AtStart: true, Doc: "Whether plugins may connect to this machine and its network, and channels and images of packages may be there."},
		{Section: "plugins", Name: "http_rules", Type: List, AtStart: true, Doc: "Where plugins may connect, and how much they may send and receive there: rules such as allow:10.0.0.7,port=8080, as for luart run --http-rule. Behind them, the public internet is allowed."},
		{Section: "scheduler", Name: "enabled", Type: Bool, Default: "true", Doc: "Whether schedule.json is followed."},
		{Section: "scheduler", Name: "log_events", Type: Bool, Default: "false", Doc: "Whether its events are in the log."},
		{Section: "logs", Name: "folder", Type: Path, AtStart: true, Doc: "Folder of the log files; empty: logs in the data folder."},
		{Section: "logs", Name: "level", Default: "info", Values: "debug info success warning error", Doc: "The least level that is kept."},
		{Section: "logs", Name: "size", Type: Size, Default: "10MiB", Min: 4096, Max: 1 << 40, Doc: "Bytes of a log file, until the next one is begun."},
		{Section: "logs", Name: "files", Type: Int, Default: "5", Min: 1, Max: 1000, Doc: "Log files of each plugin that are kept."},
		{Section: "logs", Name: "ring", Type: Int, Default: "1000", Min: 10, Max: 1000000, Doc: "Lines that /logs can show."},
		{Section: "limits", Name: "memory", Type: Size, Default: "1GiB", Min: 16 << 20, Max: 1 << 44, AtStart: true, Doc: "What all values of all plugins may take together."},
		{Section: "limits", Name: "body", Type: Size, Default: "16MiB", Min: 1, Max: 1 << 40, Doc: "Bytes of a request's body: 413."},
		{Section: "limits", Name: "header", Type: Size, Default: "64KiB", Min: 4096, Max: 1 << 24, Doc: "Bytes of a request's headers: 431."},
		{Section: "limits", Name: "json_depth", Type: Int, Default: "64", Min: 1, Max: 1000, Doc: "How deep arrays and objects may stand in each other: 400."},
		{Section: "limits", Name: "json_size", Type: Size, Default: "4MiB", Min: 1, Max: 1 << 30, Doc: "Bytes of a JSON body: 413."},
		{Section: "limits", Name: "connections", Type: Int, Default: "4096", Min: 1, Max: 1000000, Doc: "Connections of each server at a time; others wait."},
		{Section: "limits", Name: "waiting", Type: Int, Default: "1024", Min: 1, Max: 1000000, Doc: "Requests of each server that nobody has looked at yet: 503."},
		{Section: "limits", Name: "answer_time", Type: Span, Default: "30s", Min: 0.001, Max: 86400, Doc: "Time until a request is answered: 504."},
		{Section: "limits", Name: "drain_time", Type: Span, Default: "10s", Max: 3600, Doc: "Time that running requests and unload hooks have at the end."},
		{Section: "metrics", Name: "enabled", Type: Bool, Default: "true", Doc: "Whether /metrics is served."},
	})

func concat(lists ...[]Key) []Key {
	var all []Key
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// Lookup returns the key with an ID, in any spelling of upper and lower case.
func Lookup(id string) (Key, bool) {
	for _, k := range Keys {
		if strings.EqualFold(k.ID(), id) {
			return k, true
		}
	}
	return Key{}, false
}
