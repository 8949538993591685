package runtime

import (
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/archive"
	"github.com/luart/luart/stdlib/cron"
	"github.com/luart/luart/stdlib/digest"
	"github.com/luart/luart/stdlib/download"
	hostfiles "github.com/luart/luart/stdlib/files"
	"github.com/luart/luart/stdlib/fuzzy"
	"github.com/luart/luart/stdlib/json"
	"github.com/luart/luart/stdlib/markdown"
	"github.com/luart/luart/stdlib/metrics"
	"github.com/luart/luart/stdlib/regex"
	"github.com/luart/luart/stdlib/sqlite"
	hosttask "github.com/luart/luart/stdlib/task"
	hostwatch "github.com/luart/luart/stdlib/watch"
	"github.com/luart/luart/stdlib/yaml"
	"github.com/luart/luart/vfs"
)

// ownModules are the modules made in Go that all computers have; nothing of them is made before a program requires one.
func ownModules(files *vfs.FS, location *time.Location) []module {
	return []module{
		{"luart.digest", func(c stdlib.Computer) (lua.Value, error) {
			return digest.Open(c, digest.Options{Files: files}), nil
		}},
		{"luart.cron", func(c stdlib.Computer) (lua.Value, error) {
			return cron.Open(c, cron.Options{Location: location}), nil
		}},
		{"luart.sqlite", func(c stdlib.Computer) (lua.Value, error) {
			return sqlite.Open(c, sqlite.Options{Files: files}), nil
		}},
		{"luart.watch", func(c stdlib.Computer) (lua.Value, error) {
			return hostwatch.Open(c, hostwatch.Options{Files: files}), nil
		}},
		{"luart.markdown", func(c stdlib.Computer) (lua.Value, error) { return markdown.Open(c, markdown.Options{}), nil }},
		{"luart.metrics", func(c stdlib.Computer) (lua.Value, error) { return metrics.Open(c, metrics.Options{}), nil }},
		{"luart.files", func(c stdlib.Computer) (lua.Value, error) {
			return hostfiles.Open(c, hostfiles.Options{Files: files}), nil
		}},
		{"luart.archive", func(c stdlib.Computer) (lua.Value, error) {
			return archive.Open(c, archive.Options{Files: files}), nil
		}},
		{"luart.json", func(c stdlib.Computer) (lua.Value, error) { return json.Open(c), nil }},
		{"luart.regex", func(c stdlib.Computer) (lua.Value, error) { return regex.Open(c), nil }},
		{"luart.yaml", func(c stdlib.Computer) (lua.Value, error) { return yaml.Open(c), nil }},
		{"luart.fuzzy", func(c stdlib.Computer) (lua.Value, error) { return fuzzy.Open(c), nil }},
		{"luart.task", func(c stdlib.Computer) (lua.Value, error) { return hosttask.Open(c), nil }},
	}
}

// webModules are those of them that reach for the network.
func (c *config) webModules(files *vfs.FS) []module {
	if c.http.Disabled {
		return nil
	}
	return []module{{"luart.download", func(computer stdlib.Computer) (lua.Value, error) {
		return download.Open(computer, download.Options{Files: files, HTTP: c.httpOptions()}), nil
	}}}
}
