-- Runs before every spec here: they see the stand-ins for peripherals.
require "testdata.devices"
