-- Ends the shell, once this program has ended.

shell.exit()
