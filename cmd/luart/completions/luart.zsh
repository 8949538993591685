#compdef luart
# Completion of luart for zsh. luart itself knows what fits; here it is only asked.

_luart() {
    local line kind word about
    local -a lines described open
    lines=("${(@f)$("${~${(Q)words[1]}}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    kind=$lines[1]
    for line in "${(@)lines[2,-1]}"; do
        word=${line%%$'\t'*}
        about=${line#*$'\t'}
        if [[ $word == *= ]]; then
            open+=("${word//:/\\:}:$about")
        else
            described+=("${word//:/\\:}:$about")
        fi
    done
    local found=1
    if (( $#described )); then _describe -t values luart described && found=0; fi
    if (( $#open )); then _describe -t values luart open -S '' && found=0; fi
    if [[ $kind != none && $PREFIX == -*=* ]]; then compset -P '*='; fi
    case $kind in
        files) _files && found=0 ;;
        lua) _files -g '*.lua' && found=0 ;;
        folders) _files -/ && found=0 ;;
    esac
    return found
}

if [[ ${funcstack[1]} == _luart ]]; then
    _luart "$@" # loaded from fpath
else
    compdef _luart luart
fi
