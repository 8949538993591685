package term

// Colours is how many a screen has. They are numbered from 0, white, to 15, black: what programs write as a power of two,
// or as a digit in term.blit.
const Colours = 16

// The colours that a screen begins with, and that of errors.
const (
	white = 0
	black = 15
	red   = 14
)

// RGB is a colour as its red, green and blue parts. They are between 0 and 1 as a rule, but programs may set any finite number.
type RGB [3]float64

// Bytes returns the parts from 0 to 255; what is out of range becomes the nearest.
func (c RGB) Bytes() (r, g, b uint8) {
	part := func(f float64) uint8 { return uint8(min(max(f, 0), 1)*255 + 0.5) }
	return part(c[0]), part(c[1]), part(c[2])
}

// Grey returns the shade that a screen without colour shows instead.
func (c RGB) Grey() RGB {
	// Each part alone, lest the sum of large ones be infinite.
	shade := c[0]/3 + c[1]/3 + c[2]/3
	return RGB{shade, shade, shade}
}

// fromHex returns the colour 0xRRGGBB; higher bits don't count. The parts have the precision of a float32, and programs
// see it: 0xF0 gives 0.94117647409439. (CraftOS)
func fromHex(hex int) RGB {
	part := func(shift int) float64 { return float64(float32(hex>>shift&0xFF) / 255) }
	return RGB{part(16), part(8), part(0)}
}

// native is the palette that screens begin with: white, orange, magenta, light blue, yellow, lime, pink, grey, light
// grey, cyan, purple, blue, brown, green, red, black.
var native = [Colours]RGB{
	fromHex(0xF0F0F0), fromHex(0xF2B233), fromHex(0xE57FD8), fromHex(0x99B2F2),
	fromHex(0xDEDE6C), fromHex(0x7FCC19), fromHex(0xF2B2CC), fromHex(0x4C4C4C),
	fromHex(0x999999), fromHex(0x4C99B2), fromHex(0xB266E5), fromHex(0x3366CC),
	fromHex(0x7F664C), fromHex(0x57A64E), fromHex(0xCC4C4C), fromHex(0x111111),
}
