import { CoreError } from '../errors.ts';

/** Options of {@link formatCredentialShim}. */
export interface CredentialShimOptions {
  readonly platform: 'posix' | 'windows';
  /** Folder of the cache files; the one of a cluster is called as the cluster. See `formatCredentialCache`. */
  readonly cacheFolder: string;
  /** Absolute path of the Node executable. */
  readonly runtime: string;
  /** Words that run the CLI's `kube credential` under that runtime: script, then arguments. `--cluster NAME` follows them. */
  readonly args: readonly string[];
  /** Environment variables for the CLI, for example `SALLYPORT_HOME`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The script that stands in a kubeconfig as exec credential plugin. Called with `--cluster NAME`, it prints the cached
 * `ExecCredential` while that has life left, and else becomes the CLI. Starting Node for each kubectl would cost more than
 * kubectl itself: the POSIX script starts nothing but `date`. Windows has no cheap clock for batch files, so there the
 * script starts a bare Node, which still spares loading the CLI.
 * @throws CoreError `ERR_SHIM_VALUE` when a value can't be quoted for the platform
 */
export function formatCredentialShim(options: CredentialShimOptions): string {
  return options.platform === 'windows' ? windowsShim(options) : posixShim(options);
}

function posixShim({ cacheFolder, runtime, args, env = {} }: CredentialShimOptions): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${variable(name)}=${quotePosix(value)}\n`);
  // A name that could leave the folder goes to the CLI, which refuses it properly; so does an end of more than twelve
  // digits, which some shells can't compare.
  return `#!/bin/sh
if [ "$#" -eq 2 ] && [ "$1" = --cluster ]; then
  case $2 in
  '' | *[!a-z0-9-]*) ;;
  *)
    file=${quotePosix(cacheFolder)}/$2
    if [ -r "$file" ] && { IFS= read -r ends && IFS= read -r credential; } <"$file"; then
      case $ends in
      '' | *[!0-9]* | ?????????????*) ;;
      *)
        if [ "$ends" -gt "$(date +%s)" ]; then
          printf '%s\\n' "$credential"
          exit 0
        fi
        ;;
      esac
    fi
    ;;
  esac
fi
${exports.join('')}exec ${[runtime, ...args].map(quotePosix).join(' ')} "$@"
`;
}

// Runs in `node -e "…"` inside a batch file: no double quote, no percent sign, no exclamation mark.
const WINDOWS_READER = [
  "const{readFileSync}=require('fs'),[d,f,n]=process.argv.slice(1);",
  "if(f==='--cluster'&&/^[a-z0-9-]+$/.test(n))try{",
  "const[e,c]=readFileSync(d+'/'+n,'utf8').split('\\n');",
  'if(Number(e)>Date.now()/1000){console.log(c);process.exit(0)}',
  '}catch{}process.exit(1)',
].join('');

function windowsShim({ cacheFolder, runtime, args, env = {} }: CredentialShimOptions): string {
  const node = quoteWindows(runtime);
  const lines = [
    '@echo off',
    'setlocal DisableDelayedExpansion',
    ...Object.entries(env).map(([name, value]) => `set ${quoteWindows(`${variable(name)}=${value}`)}`),
    `${node} -e "${WINDOWS_READER}" ${quoteWindows(cacheFolder)} %* && exit /b 0`,
    `${[node, ...args.map(quoteWindows)].join(' ')} %*`,
    'exit /b %ERRORLEVEL%',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Inside single quotes a POSIX shell takes everything as it is; a single quote itself is put in from outside. */
function quotePosix(value: string): string {
  if (value.includes('\0')) throw unquotable('holds a NUL');
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** Inside double quotes a batch file still expands `%`, which doubling stops; a double quote or newline can't be held. */
function quoteWindows(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/["\u0000-\u001f]/.test(value)) throw unquotable('holds a double quote or a control character');
  // A backslash in front of the closing quote would escape it for the program's own parser.
  return `"${value.replaceAll('%', '%%').replace(/\\+$/, '$&$&')}"`;
}

function variable(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw unquotable('is no name of an environment variable');
  return name;
}

function unquotable(why: string): CoreError {
  return new CoreError({ code: 'ERR_SHIM_VALUE', message: `a value of the credential shim ${why}` });
}
