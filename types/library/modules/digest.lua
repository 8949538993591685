---@meta luart.digest

---Hashes and message authentication codes of strings and files, random bytes, and bytes written as digits. Digests are hexadecimal digits, or with
---raw the bytes themselves. Use sha256 or sha512; md5, sha1 and crc32 are for what demands them, and can be forged.
---@class luart.digest
local digest = {}

---@alias luart.digest.Algorithm "md5"|"sha1"|"sha256"|"sha512"|"crc32"

---@param text string any bytes
---@param raw? boolean
---@return string digest
---@nodiscard
function digest.md5(text, raw) end

---@param text string any bytes
---@param raw? boolean
---@return string digest
---@nodiscard
function digest.sha1(text, raw) end

---@param text string any bytes
---@param raw? boolean
---@return string digest
---@nodiscard
function digest.sha256(text, raw) end

---@param text string any bytes
---@param raw? boolean
---@return string digest
---@nodiscard
function digest.sha512(text, raw) end

---The checksum of zip and gzip (IEEE).
---@param text string any bytes
---@param raw? boolean
---@return string digest
---@nodiscard
function digest.crc32(text, raw) end

---A message authentication code (RFC 2104). Compare it by equal.
---@param algorithm "md5"|"sha1"|"sha256"|"sha512"
---@param key string
---@param text string
---@param raw? boolean
---@return string digest
---@nodiscard
function digest.hmac(algorithm, key, text, raw) end

---A digest of a text that comes in parts.
---@param algorithm luart.digest.Algorithm
---@return luart.digest.Digest
---@nodiscard
function digest.new(algorithm) end

---A message authentication code of a text that comes in parts.
---@param algorithm "md5"|"sha1"|"sha256"|"sha512"
---@param key string
---@return luart.digest.Digest
---@nodiscard
function digest.newHmac(algorithm, key) end

---The digest of a file, which is read while other coroutines run. Throws if 16 are being read already.
---@param algorithm luart.digest.Algorithm
---@param path string
---@param raw? boolean
---@return string? digest
---@return string? message why the file can't be read
function digest.file(algorithm, path, raw) end

---Compares two strings in a time that doesn't tell how much of them is equal: for passwords, tokens and signatures.
---@param a string
---@param b string
---@return boolean
---@nodiscard
function digest.equal(a, b) end

---Random bytes that nobody can guess.
---@param count integer 0 to 1048576
---@return string bytes
---@nodiscard
function digest.random(count) end

---@param bytes string
---@return string digits
---@nodiscard
function digest.toHex(bytes) end

---@param digits string small or capital letters
---@return string? bytes
---@return string? message
---@nodiscard
function digest.fromHex(digits) end

---@param bytes string
---@param url? boolean as in URLs and file names: - and _, and no = at the end
---@return string digits
---@nodiscard
function digest.toBase64(bytes, url) end

---@param digits string of either kind, with or without = at the end
---@return string? bytes
---@return string? message
---@nodiscard
function digest.fromBase64(digits) end

---A digest that is being made.
---@class luart.digest.Digest
local Digest = {}

---@param text string
---@return luart.digest.Digest self
function Digest.update(text) end

---Gives the digest, once.
---@param raw? boolean
---@return string digest
function Digest.final(raw) end

return digest
