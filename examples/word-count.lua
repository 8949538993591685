-- Counts the words of a text and shows the most frequent ones.
--
--   luart examples/word-count.lua FILE     a file of the current folder
--   luart examples/word-count.lua -        the standard input
--   luart examples/word-count.lua          a sample

local sample = [[
A computer that runs a program waits for events. An event has a name, and a program that waits for a name gets
the event of that name. A program that waits for any event gets each event in the order of the queue.
]]

-- Returns a function that gives the next line, nil at the end.
local function open(name)
    if name == nil then return sample:gmatch("[^\n]+") end
    if name == "-" then
        return function() return read() end
    end
    local file, problem = fs.open(name, "r")
    if not file then
        printError("Cannot open " .. problem)
        os.shutdown(1)
    end
    return file.readLine
end

local lines, words, counts = 0, 0, {}
for line in open((...)) do
    lines = lines + 1
    for word in line:lower():gmatch("%a[%w']*") do
        words = words + 1
        counts[word] = (counts[word] or 0) + 1
    end
end

local ranking = {}
for word, count in pairs(counts) do ranking[#ranking + 1] = { word = word, count = count } end
table.sort(ranking, function(a, b)
    if a.count ~= b.count then return a.count > b.count end
    return a.word < b.word
end)

print(("%d lines, %d words, %d different ones"):format(lines, words, #ranking))
for i = 1, math.min(8, #ranking) do
    local entry = ranking[i]
    print(("%6d  %-12s %s"):format(entry.count, entry.word, ("#"):rep(math.ceil(entry.count * 40 / ranking[1].count))))
end
