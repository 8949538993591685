-- What programs say of an error that they have caught.

---The message of an error, without the place in the program where it was noticed, which says nothing to its user.
---@param message any
---@return string
return function(message)
    return (tostring(message):gsub("^[^:]+:%d+: ", ""))
end
