package syntax

import (
	"strconv"
	"strings"
)

// maxNear is how many bytes of a token a message shows. (CraftOS shows all of it.)
const maxNear = 200

// Error is a syntax error. Its text is the one that CraftOS prints.
type Error struct {
	ChunkName string // as given to Parse
	Pos       Pos    // the line is the one in the message; the column is that of the offending token, on its line
	Msg       string
	Near      string // the offending token as it is in the message, or "" for none
	EOF       bool   // the offending token is the end of the source; Near is empty
}

// Error returns "NAME:line: message", followed by the token near which the error was found if there is one.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(ShortSource(e.ChunkName))
	b.WriteByte(':')
	b.WriteString(strconv.Itoa(int(e.Pos.Line)))
	b.WriteString(": ")
	b.WriteString(e.Msg)
	switch {
	case e.EOF:
		b.WriteString(" near <eof>")
	case len(e.Near) == 1 && e.Near[0] > '~':
		// The odd quote is CraftOS's.
		b.WriteString(" near <\\" + strconv.Itoa(int(e.Near[0])) + ">'")
	case e.Near != "":
		near := e.Near
		if len(near) > maxNear {
			near = near[:maxNear] + "..."
		}
		b.WriteString(" near '" + near + "'")
	}
	return b.String()
}

// The lengths, in bytes, that CraftOS cuts the name of a chunk to. They come from a limit of 30 bytes less the
// decoration that is put around the name.
const (
	maxPlainName  = 29
	maxFileName   = 22
	maxStringName = 13
)

// ShortSource returns the name of a chunk as messages and debug.getinfo show it (short_src):
//
//	=name   name, cut to 29 bytes
//	@path   path; one longer than 22 bytes shows as "..." and its last 22
//	code    [string "code"]; only the first line and of that only 13 bytes, with "..." when something was cut
func ShortSource(chunkName string) string {
	switch {
	case chunkName == "":
		return `[string ""]`
	case chunkName[0] == '=':
		return chunkName[1:min(len(chunkName), maxPlainName+1)]
	case chunkName[0] == '@':
		path := chunkName[1:]
		if len(path) > maxFileName {
			return "..." + path[len(path)-maxFileName:]
		}
		return path
	}
	shown := chunkName
	if i := strings.IndexAny(shown, "\r\n"); i >= 0 {
		shown = shown[:i]
	}
	shown = shown[:min(len(shown), maxStringName)]
	if len(shown) < len(chunkName) {
		return `[string "` + shown + `..."]`
	}
	return `[string "` + shown + `"]`
}
