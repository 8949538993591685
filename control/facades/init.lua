-- The facades over the plugin manager, in the order in which they start.

return { "ratchet", "plugin_server", "rpc", "packages" }
