---@meta

-- What peripheral.wrap and peripheral.find return for the devices of CraftOS. Their functions are called with a dot:
-- local modem = peripheral.find("modem") --[[@as peripheral.Modem]]

---Sends and receives messages, with the event `modem_message`. See also the API rednet.
---@class peripheral.Modem
---@field open fun(channel: integer) Listens on a channel, 0 to 65535; at most 128.
---@field isOpen fun(channel: integer): boolean
---@field close fun(channel: integer)
---@field closeAll fun()
---@field transmit fun(channel: integer, replyChannel: integer, payload: any) Sends a message.
---@field isWireless fun(): boolean

---A wired modem: what is on its network can be called by name.
---@class peripheral.WiredModem: peripheral.Modem
---@field getNamesRemote fun(): string[]
---@field isPresentRemote fun(name: string): boolean
---@field getTypeRemote fun(name: string): string? ...
---@field hasTypeRemote fun(name: string, type: string): boolean?
---@field getMethodsRemote fun(name: string): string[]?
---@field callRemote fun(name: string, method: string, ...): ...
---@field getNameLocal fun(): string?

---A screen. It sends `monitor_touch` and `monitor_resize`.
---@class peripheral.Monitor: term.Redirect
---@field setTextScale fun(scale: number) 0.5 to 5, in steps of 0.5
---@field getTextScale fun(): number
---@field nativePaletteColour fun(colour: integer): number, number, number
---@field nativePaletteColor fun(colour: integer): number, number, number
---@field setSize fun(width: integer, height: integer) Only of those that periphemu makes.

---A disk drive. See also the API disk.
---@class peripheral.Drive
---@field isDiskPresent fun(): boolean
---@field getDiskLabel fun(): string?
---@field setDiskLabel fun(label?: string)
---@field hasData fun(): boolean
---@field getMountPath fun(): string?
---@field hasAudio fun(): boolean
---@field getAudioTitle fun(): string|false|nil
---@field playAudio fun()
---@field stopAudio fun()
---@field ejectDisk fun()
---@field getDiskID fun(): integer?
---@field insertDisk fun(disk: integer|string) Only of those that periphemu makes: the number of a disk in memory, or a folder of the machine.

---A printer.
---@class peripheral.Printer
---@field newPage fun(): boolean
---@field endPage fun(): boolean
---@field write fun(text: any)
---@field setCursorPos fun(x: integer, y: integer)
---@field getCursorPos fun(): integer, integer
---@field getPageSize fun(): integer, integer
---@field setPageTitle fun(title?: string)
---@field getPaperLevel fun(): integer
---@field getInkLevel fun(): number

---A speaker. It sends `speaker_audio_empty` when it can take more.
---@class peripheral.Speaker
---@field playNote fun(instrument: string, volume?: number, pitch?: number): boolean
---@field playSound fun(name: string, volume?: number, pitch?: number): boolean
---@field playAudio fun(audio: integer[], volume?: number): boolean
---@field stop fun()

---Another computer.
---@class peripheral.Computer
---@field turnOn fun()
---@field shutdown fun()
---@field reboot fun()
---@field getID fun(): integer
---@field getLabel fun(): string?
---@field isOn fun(): boolean
