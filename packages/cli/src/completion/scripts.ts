import type { Shell } from './shells.ts';

/** The script that completes `sallyport` in a shell. It holds no name of anything: all it knows, it asks for. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

// Reads the line itself: bash cuts words at "=" and ":" too. What is suggested is quoted, since readline inserts it as it is.
const BASH = `# bash completion of sallyport
_sallyport() {
  local line=\${COMP_LINE:0:COMP_POINT} words cur value rest head='' quoted
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  cur=\${words[\${#words[@]} - 1]}
  case $COMP_WORDBREAKS in *=*) case $cur in *=*) head=\${cur%"\${cur##*=}"} ;; esac ;; esac
  case $COMP_WORDBREAKS in *:*) case \${cur#"$head"} in *:*) head=\${cur%"\${cur##*:}"} ;; esac ;; esac
  COMPREPLY=()
  while IFS=$'\\t' read -r value rest; do
    if [[ $value == :file ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$cur")
      continue
    fi
    case $value in *[=/]) compopt -o nospace 2>/dev/null ;; esac
    printf -v quoted '%q' "\${value#"$head"}"
    COMPREPLY+=("$quoted")
  done < <("$1" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _sallyport sallyport
`;

const ZSH = `#compdef sallyport
_sallyport() {
  local -a values displays
  local line value
  while IFS= read -r line; do
    if [[ $line == :file ]]; then
      _files
      return
    fi
    value=\${line%%$'\\t'*}
    values+=("$value")
    if [[ $line == *$'\\t'* ]]; then displays+=("$value  -- \${line#*$'\\t'}"); else displays+=("$value"); fi
  done < <("\${words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#values} )) || return 1
  if (( \${#values} == 1 )) && [[ \${values[1]} == *[=/] ]]; then
    compadd -S '' -l -d displays -a values
  else
    compadd -l -d displays -a values
  fi
}
if [[ "\${funcstack[1]}" == _sallyport ]]; then
  _sallyport "$@"
else
  (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
  compdef _sallyport sallyport
fi
`;

const FISH = `# fish completion of sallyport
function __sallyport_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    if test -z "$current"
        set current ''
    end
    for line in (command sallyport complete -- $words $current 2>/dev/null)
        switch $line
            case ':file'
                __fish_complete_path $current
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c sallyport -f -a '(__sallyport_complete)'
`;

// Versions before 7.3 drop an empty argument on its way to a program, hence --open. Without a result PowerShell completes
// files by itself.
const POWERSHELL = `# PowerShell completion of sallyport
Register-ArgumentCompleter -Native -CommandName sallyport -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.ToString() } })
    $options = @()
    if ($wordToComplete -eq '') { $options = @('--open') }
    & sallyport complete @options -- @words 2>$null |
        Where-Object { $_ -ne ':file' } |
        ForEach-Object {
            $value, $description = $_ -split "\`t", 2
            if (-not $description) { $description = $value }
            $text = $value
            if ($value -notmatch '^[\\w./:=@+-]+$') { $text = "'" + $value.Replace("'", "''") + "'" }
            [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
        }
}
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };
