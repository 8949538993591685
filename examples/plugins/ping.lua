-- A plugin may be a single file. If it returns a function, that answers all requests for it:
--
--   curl http://127.0.0.1:9192/ping
--   curl 'http://127.0.0.1:9192/ping/some/path?x=1'

return function(params)
    return 200, { pong = true, path = params.subpath, x = params.x }
end
