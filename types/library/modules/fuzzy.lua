---@meta luart.fuzzy

---Searches lists of texts for words, also those with typing errors. Case doesn't matter. A query is words, up to 256 characters. Each word scores
---100 in a text that contains it, otherwise the share of its letters that the most similar piece of the text has in the same order, in percent;
---less than the threshold is 0. The score of the text is the mean.
---@class luart.fuzzy
local fuzzy = {}

---How well one text fits a query. Throws for longer queries.
---@param query string
---@param text string its first 4096 characters count
---@param threshold? number 0 to 100; 80 unless given
---@return integer score 0 to 100
---@nodiscard
function fuzzy.score(query, text, threshold) end

---Prepares texts for searches: 5000 lines take some milliseconds each time then.
---@param texts string[] up to 1000000
---@return luart.fuzzy.Index
---@nodiscard
function fuzzy.index(texts) end

---Texts that were prepared.
---@class luart.fuzzy.Index
---@field size integer how many
local Index = {}

---The texts whose score is the threshold or more: the best first, equals as they stand in the list.
---@param query string
---@param threshold? number 0 to 100; 80 unless given
---@return integer[] places in the list
---@return integer[] scores
---@nodiscard
function Index.search(query, threshold) end

return fuzzy
