-- Lists the programs that the shell finds; with "all", also those whose names begin with a dot.

textutils.pagedTabulate(shell.programs((...) == "all"))
