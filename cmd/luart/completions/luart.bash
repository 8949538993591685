# Completion of luart for bash. luart itself knows what fits; here it is only asked.

_luart() {
    # Readline takes words apart at = and :, and luart does not.
    local words=() n=0 glue='' i word
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((n > 0)) && [[ -n $glue || $word =~ ^[=:]+$ ]]; then
            words[n - 1]+=$word
        else
            words[n++]=$word
        fi
        glue=
        if [[ $word =~ ^[=:]+$ ]]; then glue=yes; fi
    done

    # What readline asks for is only the last piece of the word.
    local piece=${COMP_WORDS[COMP_CWORD]}
    if [[ -n $glue ]]; then piece=; fi
    local before=${words[n - 1]%"$piece"}

    local kind='' line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
        else
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$before"}")
        fi
    done < <("${1/#\~\//$HOME/}" __complete "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi

    # Without any words, complete -o default below finds files.
    case $kind in
        files)
            if [[ ${#COMPREPLY[@]} -gt 0 ]]; then _luart_paths -f -- "$piece"; fi
            ;;
        lua)
            _luart_paths -f -X '!*.lua' -- "$piece"
            _luart_paths -d -- "$piece"
            ;;
        folders)
            compopt +o default +o bashdefault -o dirnames 2>/dev/null
            ;;
        *)
            compopt +o default +o bashdefault 2>/dev/null
            ;;
    esac
}

_luart_paths() {
    local path
    while IFS= read -r path; do
        COMPREPLY+=("$path")
        compopt -o filenames 2>/dev/null
    done < <(compgen "$@")
}

complete -o bashdefault -o default -F _luart luart
