package terminal

import "strings"

// glyphs are the texts that show CraftOS's 256 characters, each one column wide.
type glyphs [256]string

// symbols are the characters 0 to 31, which are those of IBM's code page 437 but for line breaks and the like. (CraftOS's font)
const symbols = " ☺☻♥♦♣♠•◘  ♂♀ ♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"

// Characters 128 to 159 show what five of a cell's six blocks, in two columns, look like: bit 0 is the upper left one, bit 1 the
// one right of it, and so on. The last one is never set: what needs it swaps the two colours.
const (
	firstBlock = 128
	lastBlock  = 159
	leftBlocks = 0b010101
)

// modern are the glyphs of a terminal that knows Unicode 13, which has the blocks as "sextants".
var modern = newGlyphs(sextant)

// plain are those of one with an old font, such as the Linux console: blocks are drawn as halves of a cell.
var plain = newGlyphs(halfBlock)

func newGlyphs(block func(bits int) rune) *glyphs {
	var g glyphs
	for i, r := range []rune(symbols) {
		g[i] = string(r)
	}
	for i := ' '; i < 256; i++ {
		g[i] = string(i) // ASCII and Latin-1
	}
	g[127] = "▒"
	for i := firstBlock; i <= lastBlock; i++ {
		g[i] = string(block(i - firstBlock))
	}
	g[160] = " " // no-break space
	g[173] = "-" // soft hyphen, which terminals leave out
	return &g
}

// sextant returns the character with the given blocks, of the first five. Unicode has left out those that were there before: none
// of them and the left half.
func sextant(bits int) rune {
	const first = 0x1FB00
	switch {
	case bits == 0:
		return ' '
	case bits == leftBlocks:
		return '▌'
	case bits > leftBlocks:
		return first + rune(bits) - 2
	}
	return first + rune(bits) - 1
}

// halfBlock returns the character that has most blocks in common with the given ones, and rather something than nothing.
func halfBlock(bits int) rune {
	best, most := ' ', -1
	for _, c := range []struct {
		r    rune
		bits int
	}{{'█', 0b111111}, {'▀', 0b001111}, {'▄', 0b111100}, {'▌', leftBlocks}, {'▐', 0b101010}, {' ', 0}} {
		same := 0
		for i := range 6 {
			if (bits^c.bits)>>i&1 == 0 {
				same++
			}
		}
		if same > most {
			best, most = c.r, same
		}
	}
	return best
}

// ascii has what shows characters on terminals whose character set lacks them.
var ascii = func() map[rune]string {
	list := map[rune]string{
		'☺': "@", '☻': "@", '♥': "*", '♦': "*", '♣': "*", '♠': "*", '•': "o", '◘': "o", '♂': "m", '♀': "f", '♫': "n", '☼': "*",
		'►': ">", '◄': "<", '↕': "|", '‼': "!", '¶': "P", '§': "S", '▬': "_", '↨': "|", '↑': "^", '↓': "v", '→': ">", '←': "<",
		'∟': "L", '↔': "-", '▲': "^", '▼': "v", '▒': "#",
	}
	for bits := range lastBlock - firstBlock + 1 {
		text := " "
		if halfBlock(bits) != ' ' {
			text = "#"
		}
		list[sextant(bits)], list[halfBlock(bits)] = text, text
	}
	list[' '] = " "
	return list
}()

// glyphsFor returns what shows characters on a terminal of the given name, as the environment variable TERM has it.
func glyphsFor(name string) *glyphs {
	if name == "linux" || strings.HasPrefix(name, "linux-") {
		return plain
	}
	return modern
}
