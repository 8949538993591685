describe("The speaker program", function()
    local capture = require "testdata.capture"

    local function run(...) return capture.run("fun/speaker", ...) end

    -- A speaker that takes every second list of samples that it is offered, and hears them all.
    local function makeSpeaker()
        local heard = {}
        local full = false
        local speaker = {
            playAudio = function(samples)
                full = not full
                if full then
                    os.queueEvent("speaker_audio_empty", "left")
                    return false
                end
                for _, sample in ipairs(samples) do heard[#heard + 1] = sample end
                return true
            end,
            stop = function() end,
            playSound = function(name) return name == "block.bell.use" end,
        }
        stub(peripheral, "find", function() return speaker end)
        return speaker, heard
    end

    local function wav(channels, rate, bits, data)
        local format = ("<I2I2I4I4I2I2"):pack(1, channels, rate, rate * channels * bits / 8, channels * bits / 8, bits)
        local body = "WAVE" .. "LIST" .. ("<s4"):pack("abc") .. "\0" .. "fmt " .. ("<s4"):pack(format) .. "data" .. ("<s4"):pack(data)
        return "RIFF" .. ("<s4"):pack(body)
    end

    local function playFile(text, name)
        name = name or "/tmp/sound"
        capture.write(name, text)
        local result = run("play", name)
        fs.delete(name)
        return result
    end

    it("says how it is used", function()
        local usage = "^Usages:\nspeaker play <file or url> %[speaker%]\n"
        expect(run().output):str_match(usage)
        expect(run("shout").output):str_match(usage)
        makeSpeaker()
        expect(run("play").output):str_match(usage)
    end)

    it("needs a speaker and a file", function()
        stub(peripheral, "find", function() end)
        expect(run("play", "x")):matches { ok = false, error = "No speakers attached\n" }
        expect(run("stop", "nowhere")):matches { ok = false, error = 'Speaker "nowhere" does not exist\n' }
        makeSpeaker()
        expect(run("play", "/tmp/missing")):matches { ok = false, error = "No such file: /tmp/missing\n" }
        expect(run("play", "/tmp")):matches { ok = false, error = "No such file: /tmp\n" }
    end)

    it("plays WAV files", function()
        local _, heard = makeSpeaker()
        expect(playFile(wav(1, 48000, 8, "\128\129\0\255"))):matches { ok = true, output = "Playing /tmp/sound\n" }
        expect(heard):same { 0, 1, -128, 127 }

        _, heard = makeSpeaker()
        playFile(wav(2, 48000, 16, ("<i2i2i2i2"):pack(256, 768, -32768, -32768)))
        expect(heard):same { 2, -128 }

        _, heard = makeSpeaker()
        playFile(wav(1, 24000, 24, ("<i3i3"):pack(65536, -65536)))
        expect(heard):same { 1, 1, -1, -1 }

        _, heard = makeSpeaker()
        playFile(wav(1, 96000, 32, ("<i4i4i4"):pack(2 ^ 24, 0, 3 * 2 ^ 24)))
        expect(heard):same { 1, 3 }
    end)

    it("does not stumble over damaged files", function()
        makeSpeaker()
        expect(playFile("RIFF")):matches { ok = false, error = "Could not play audio: the file is cut off\n" }
        expect(playFile("RIFF....AVI ....")):matches { ok = false, error = "Could not play audio: not a WAV file\n" }
        expect(playFile(wav(1, 48000, 12, ""))):matches { ok = false }
        expect(playFile(wav(0, 48000, 8, "abc"))):matches { ok = false, error = "Could not play audio: the file is damaged\n" }
        local whole = wav(2, 44100, 16, ("x"):rep(400))
        for length = 0, #whole - 1, 7 do playFile(whole:sub(1, length)) end
    end)

    it("plays DFPWM files", function()
        local _, heard = makeSpeaker()
        local data = ("\1\2\3\254"):rep(5000)
        expect(playFile(data)):matches { ok = true }
        expect(#heard):eq(#data * 8)
        expect(heard):same(require "cc.audio.dfpwm".make_decoder()(data))
    end)

    it("plays raw files", function()
        local _, heard = makeSpeaker()
        expect(playFile("\0\1\127\128\255", "/tmp/sound.pcm")):matches { ok = true }
        expect(heard):same { 0, 1, 127, -128, -1 }
    end)

    it("plays sounds", function()
        makeSpeaker()
        expect(run("sound", "block.bell.use")):matches { ok = true, output = 'Played sound "block.bell.use"\n' }
        expect(run("sound", "nothing")):matches { ok = false, error = 'Could not play sound "nothing"\n' }
    end)
end)
