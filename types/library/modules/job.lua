---@meta

---Work that goes on by itself: a download, an extraction.
---@class luart.Job
---@field id integer the number that its events carry first
---@field wait fun(progress?: function): any ... Waits for the end and returns what the function does that waits itself.
---@field cancel fun() Ends it soon, with a failure of the class "cancelled".
---@field isDone fun(): boolean

---Why something failed, for programs.
---@class luart.Failure
---@field class string what kind of failure it is
