-- Runs one program in a stand-alone Lua: driver.lua FILE [SIZE].
-- After what the program prints comes a line "@bench SECONDS BYTES": processor time of the chunk (its compilation
-- left out) and memory that is still reachable from globals when it is done.
local path, size = ...
local chunk = assert(loadfile(path))
local clock = os.clock
collectgarbage()
local start = clock()
if size then chunk(tonumber(size)) else chunk() end
local seconds = clock() - start
chunk = nil
collectgarbage()
collectgarbage()
print(string.format("@bench %.6f %.0f", seconds, collectgarbage("count") * 1024))
