-- Tells the time of the day, and which day it is, in the computer's world.

print("The time is " .. textutils.formatTime(os.time()) .. " on Day " .. os.day())
