package http

import "time"

// Limits of the clients of one computer (CraftOS).
const (
	// MaxRequests is how many requests run at a time, and how many look-ups of http.checkURL.
	MaxRequests = 16
	// MaxQueued is how many requests wait for their turn, and how many look-ups; further ones fail at once.
	MaxQueued = 512
	// MaxWebSockets is how many WebSockets are open or being opened at a time.
	MaxWebSockets = 4
	// DefaultTimeout is how long a request may make no progress, unless it says otherwise.
	DefaultTimeout = 30 * time.Second
)

// MaxListeners is how many listeners a computer has at a time, those of http.websocketServer included; to open another one is an error. Each
// holds a port and a file descriptor of the process.
const MaxListeners = 256

// Limits of one request, in bytes, where no Rule says otherwise (CraftOS).
const (
	// DefaultMaxDownload bounds the body of a response.
	DefaultMaxDownload = 16 << 20
	// DefaultMaxUpload bounds the headers and the body of a request together.
	DefaultMaxUpload = 4 << 20
	// DefaultMaxMessage bounds a message of a WebSocket.
	DefaultMaxMessage = 128 << 10
)
