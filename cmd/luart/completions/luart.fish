# Completion of luart for fish. luart itself knows what fits; here it is only asked.

function __luart_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
    test -n "$lines[1]"; or return
    for line in $lines[2..-1]
        echo $line
    end
    # Of --flag=PATH, the path is what is completed.
    set -l flag (string match -r -- '^-[^=]*=' $typed)
    set -l path (string replace -r -- '^-[^=]*=' '' $typed)
    switch $lines[1]
        case files
            __fish_complete_path $path
        case lua
            __fish_complete_path $path | string match -r -- '^[^\t]*(?:/|\.lua)(?:\t.*)?$'
        case folders
            __fish_complete_directories $path ''
    end | string replace -r -- '^' "$flag"
end

complete -c luart -f -a '(__luart_complete)'
