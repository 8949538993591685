-- The page for people at /. It is one file without anything from elsewhere, and its policy lets browsers run only the script and use only the
-- styles that are in it.

local digest = require "luart.digest"

local function hash(page, element)
    local text = page:match("<" .. element .. ">(.-)</" .. element .. ">")
    return "'sha256-" .. digest.toBase64(digest.sha256(text, true)) .. "'"
end

---Adds the page to a router.
---@param app cc.http.Router
return function(app)
    local file = assert(fs.open("/rom/control/facades/ratchet/page.html", "rb"))
    local page = file.readAll()
    file.close()
    local policy = ("default-src 'none'; connect-src 'self'; img-src data:; script-src %s; style-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        :format(hash(page, "script"), hash(page, "style"))
    app:get("/", function(_, res)
        res:header("Content-Security-Policy", policy):header("X-Content-Type-Options", "nosniff"):header("X-Frame-Options", "DENY")
            :header("Referrer-Policy", "no-referrer"):header("Cache-Control", "no-cache")
        return res:html(page)
    end)
end
