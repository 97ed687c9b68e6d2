/**
 * What a shell runs once to complete `a2a`: at each TAB it asks `a2a complete`, which knows the commands of the release
 * that is installed. Where that has nothing to say the shell offers files.
 */
export const SHELLS = {
  bash: `_a2a() {
  local IFS=$'\\n'
  COMPREPLY=($(a2a complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _a2a a2a
`,
  zsh: `#compdef a2a
_a2a() {
  local -a found
  found=("\${(@f)$(a2a complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n $found ]]; then compadd -a found; else _files; fi
}
compdef _a2a a2a
`,
  fish: `complete -c a2a -f -n 'test -n "$(a2a complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)"' -a '(a2a complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const;
