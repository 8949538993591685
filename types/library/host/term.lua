---@meta

---The terminal that programs draw to. Columns and lines count from 1; colours are those of `colors`.
---@class termlib: term.Redirect
term = {}

---Writes a text from the cursor on; what doesn't fit on the line is lost.
---@param text any
function term.write(text) end

---Writes a text with the colours of its characters, a digit "0" to "f" each. Throws "Arguments must be the same length".
---@param text string
---@param textColours string
---@param backgroundColours string
function term.blit(text, textColours, backgroundColours) end

---Clears the screen. The cursor stays.
function term.clear() end

---Clears the line with the cursor.
function term.clearLine() end

---Moves the lines up, or down if negative.
---@param y integer
function term.scroll(y) end

---@return integer x
---@return integer y
---@nodiscard
function term.getCursorPos() end

---Moves the cursor. It may be outside of the screen.
---@param x integer
---@param y integer
function term.setCursorPos(x, y) end

---@return boolean
---@nodiscard
function term.getCursorBlink() end

---Shows the cursor, or hides it.
---@param blink boolean
function term.setCursorBlink(blink) end

---@return integer width
---@return integer height
---@nodiscard
function term.getSize() end

---Tells whether there are colours, not only greys.
---@return boolean
---@nodiscard
function term.isColour() end

term.isColor = term.isColour

---@return integer
---@nodiscard
function term.getTextColour() end

term.getTextColor = term.getTextColour

---Throws "Colour out of range".
---@param colour integer
function term.setTextColour(colour) end

term.setTextColor = term.setTextColour

---@return integer
---@nodiscard
function term.getBackgroundColour() end

term.getBackgroundColor = term.getBackgroundColour

---Throws "Colour out of range".
---@param colour integer
function term.setBackgroundColour(colour) end

term.setBackgroundColor = term.setBackgroundColour

---What a colour looks like.
---@param colour integer
---@return number r 0 to 1
---@return number g 0 to 1
---@return number b 0 to 1
---@nodiscard
function term.getPaletteColour(colour) end

term.getPaletteColor = term.getPaletteColour

---Changes what a colour looks like.
---@overload fun(colour: integer, rgb: integer)
---@param colour integer
---@param r number 0 to 1; or 0xRRGGBB, alone
---@param g number 0 to 1
---@param b number 0 to 1
function term.setPaletteColour(colour, r, g, b) end

term.setPaletteColor = term.setPaletteColour

---What a colour looks like at first.
---@param colour integer
---@return number r 0 to 1
---@return number g 0 to 1
---@return number b 0 to 1
---@nodiscard
function term.nativePaletteColour(colour) end

term.nativePaletteColor = term.nativePaletteColour
