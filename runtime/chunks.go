package runtime

import (
	"strings"
	"sync"

	"github.com/luart/luart/lua/compile"
	"github.com/luart/luart/lua/syntax"
	"github.com/luart/luart/stdlib/rom"
)

// romChunks are the bios and the files of our ROM, compiled once for all computers of the process: they are most of the code that
// an idle computer has, and compiling is most of a boot. A compiled chunk is immutable; each VM links its own.
//
// A chunk is taken from here only if its text is, byte for byte, that of the file that its name says, so programs can't tell the difference, nor
// put anything here. BenchmarkIdleComputers guards what it saves: about 60 KB and half of the time of each boot after the first.
var romChunks struct {
	sync.RWMutex
	byName map[string]romChunk
}

type romChunk struct {
	source string
	proto  *compile.Proto
}

// romFile is how the names of chunks begin that are files of the ROM.
const romFile = "@/rom/"

// biosChunk is the name of the bios's chunk.
const biosChunk = "@bios.lua"

// compiledROM returns the chunk of a file of our ROM, nil for other texts. Any goroutine may call it.
func compiledROM(source, chunkName string) *compile.Proto {
	path, isFile := strings.CutPrefix(chunkName, romFile)
	if !isFile && chunkName != biosChunk {
		return nil
	}
	romChunks.RLock()
	c, known := romChunks.byName[chunkName]
	romChunks.RUnlock()
	if known {
		if c.source != source {
			return nil
		}
		return c.proto
	}
	text := rom.Bios
	if isFile {
		b, err := rom.Files.ReadFile(path)
		if err != nil {
			return nil
		}
		text = string(b)
	}
	if text != source {
		return nil
	}
	tree, err := syntax.Parse(text, chunkName)
	if err != nil {
		return nil
	}
	proto, err := compile.Compile(tree, chunkName)
	if err != nil {
		return nil
	}
	romChunks.Lock()
	defer romChunks.Unlock()
	if romChunks.byName == nil {
		romChunks.byName = make(map[string]romChunk)
	}
	romChunks.byName[strings.Clone(chunkName)] = romChunk{text, proto}
	return proto
}
