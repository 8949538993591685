---@meta luart.markdown

---HTML from Markdown: CommonMark, with GitHub's tables, strikethrough, task lists and links.
---@class luart.markdown
local markdown = {}

---@class luart.markdown.Options
---@field html? boolean HTML in the text, and links to scripts, stay in: for texts by people who may do anything. Otherwise they are left out.

---Makes HTML of a text, while other coroutines run. Headings have ids, as GitHub gives them. Throws if the text is one that would take too long.
---@param text string up to 1 MiB
---@param options? luart.markdown.Options
---@return string html the inside of a page
---@return string? title the text of the first heading of level 1, with no marks; escape it before it goes into HTML
function markdown.render(text, options) end

return markdown
