---@meta

---The signals at the sides of the computer. The event `redstone` tells that an input has changed.
---@class redstone
redstone = {}

---@alias side "bottom"|"top"|"back"|"front"|"right"|"left"

---@return side[]
---@nodiscard
function redstone.getSides() end

---Switches a side on or off.
---@param side side
---@param on boolean
function redstone.setOutput(side, on) end

---@param side side
---@return boolean
---@nodiscard
function redstone.getOutput(side) end

---@param side side
---@return boolean
---@nodiscard
function redstone.getInput(side) end

---Throws "Expected number in range 0-15".
---@param side side
---@param value integer the strength, 0 to 15
function redstone.setAnalogOutput(side, value) end

redstone.setAnalogueOutput = redstone.setAnalogOutput

---@param side side
---@return integer strength 0 to 15
---@nodiscard
function redstone.getAnalogOutput(side) end

redstone.getAnalogueOutput = redstone.getAnalogOutput

---@param side side
---@return integer strength 0 to 15
---@nodiscard
function redstone.getAnalogInput(side) end

redstone.getAnalogueInput = redstone.getAnalogInput

---Switches the wires of a bundled cable: a set of colours, see colors.combine.
---@param side side
---@param output integer
function redstone.setBundledOutput(side, output) end

---@param side side
---@return integer colours
---@nodiscard
function redstone.getBundledOutput(side) end

---@param side side
---@return integer colours
---@nodiscard
function redstone.getBundledInput(side) end

---Tells whether all colours of a set are on.
---@param side side
---@param mask integer
---@return boolean
---@nodiscard
function redstone.testBundledInput(side, mask) end

---The same as redstone.
rs = redstone
