import { describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createBytePipe, EMPTY_READER } from './byte-pipe.ts';
import { createFileSystem, type FileSystem } from './file-system.ts';
import { createTerminal } from './process.ts';
import { runShell } from './shell.ts';

interface RunOptions {
  readonly stdin?: string;
  readonly files?: FileSystem;
  readonly size?: { readonly width: number; readonly height: number };
  readonly signal?: AbortSignal;
}

async function run(command: readonly string[], { stdin, files, size, signal }: RunOptions = {}) {
  const output = { stdout: '', stderr: '' };
  const writer = (name: 'stdout' | 'stderr') => ({
    write: async (bytes: Uint8Array) => {
      output[name] += Buffer.from(bytes).toString('utf8');
    },
  });
  const pipe = createBytePipe();
  if (stdin !== undefined) void pipe.write(Buffer.from(stdin));
  pipe.close();
  const terminal = size && createTerminal();
  if (size) terminal?.resize(size);
  const code = await runShell(command, {
    stdin: stdin === undefined ? EMPTY_READER : pipe,
    stdout: writer('stdout'),
    stderr: writer('stderr'),
    terminal,
    files: files ?? createFileSystem(() => 0),
    env: { HOME: '/root', GREETING: 'hello world' },
    workingDirectory: '/',
    hostname: 'pod-1',
    clock: systemClock,
    signal: signal ?? new AbortController().signal,
    listen: () => undefined,
  });
  return { code, ...output };
}

const script = (text: string, options?: RunOptions) => run(['sh', '-c', text], options);

describe('the scripted shell', () => {
  const cases: { name: string; script: string; stdin?: string; stdout?: string; stderr?: string; code?: number }[] = [
    { name: 'runs lists', script: 'echo a; echo b && echo c || echo d', stdout: 'a\nb\nc\n' },
    { name: 'stops at a failure before &&', script: 'false && echo no; echo yes', stdout: 'yes\n' },
    { name: 'exits with a code', script: 'exit 42; echo never', code: 42 },
    { name: 'keeps the last code', script: 'true; false', code: 1 },
    { name: 'redirects to stderr', script: 'echo out; echo err >&2', stdout: 'out\n', stderr: 'err\n' },
    {
      name: 'writes and reads files',
      script: 'echo one > /tmp/f; echo two >> /tmp/f; cat < /tmp/f',
      stdout: 'one\ntwo\n',
    },
    { name: 'drops into /dev/null', script: 'echo x > /dev/null; nope 2>/dev/null; echo $?', stdout: '127\n' },
    { name: 'says what it does not know', script: 'nope', stderr: 'sh: nope: not found\n', code: 127 },
    {
      name: 'splits unquoted variables and keeps quoted ones',
      script: 'for w in $GREETING "$GREETING"; do echo "[$w]"; done',
      stdout: '[hello]\n[world]\n[hello world]\n',
    },
    { name: 'counts in a loop', script: 'i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done', stdout: '0\n1\n2\n' },
    {
      name: 'decides',
      script: 'if [ -f /nope ]; then echo a; elif [ -d /tmp ]; then echo b; else echo c; fi',
      stdout: 'b\n',
    },
    { name: 'substitutes commands', script: 'echo "<$(echo in; echo ner)>" `echo old`', stdout: '<in\nner> old\n' },
    { name: 'pipes', script: 'seq 1 5 | grep -v 3 | wc -l', stdout: '4\n' },
    { name: 'pipes to a reader that stops early', script: 'seq 1 100000 | head -n 1', stdout: '1\n' },
    { name: 'groups in a subshell', script: '(cd /tmp; pwd); pwd', stdout: '/tmp\n/\n' },
    {
      name: 'takes defaults for variables',
      script: ['echo $', '{NOPE:-fallback} $HOME'].join(''),
      stdout: 'fallback /root\n',
    },
    { name: 'counts bytes of stdin', script: 'wc -c', stdin: '12345', stdout: '5\n' },
    { name: 'hashes', script: 'printf abc | md5sum', stdout: '900150983cd24fb0d6963f7d28e17f72  -\n' },
    { name: 'reads a line', script: 'read x; echo "got $x"', stdin: 'first\nsecond\n', stdout: 'got first\n' },
    {
      name: 'reports a script it can not read',
      script: 'if true',
      stderr: 'sh: syntax error: expected "then"\n',
      code: 2,
    },
  ];
  for (const { name, script: text, stdin, stdout = '', stderr = '', code = 0 } of cases) {
    it(name, async () => {
      expect(await script(text, stdin === undefined ? {} : { stdin })).toEqual({ code, stdout, stderr });
    });
  }

  it('archives and unpacks a tree with tar, long names included', async () => {
    const files = createFileSystem(() => 0, { [`/src/${'d'.repeat(60)}/${'f'.repeat(60)}`]: 'deep', '/src/a': 'A' });
    const result = await script('mkdir -p /dst; tar cf - src | tar xmf - -C /dst; cat /dst/src/a', { files });
    expect(result).toEqual({ code: 0, stdout: 'A', stderr: '' });
    expect(Buffer.from(files.readFile(`/dst/src/${'d'.repeat(60)}/${'f'.repeat(60)}`) ?? []).toString()).toBe('deep');
  });

  it('echoes, prompts and knows its size on a terminal', async () => {
    const { stdout, code } = await run(['sh'], { stdin: 'stty size\rexit 3\r', size: { width: 80, height: 24 } });
    expect(stdout).toBe('/ # stty size\r\n24 80\r\n/ # exit 3\r\n');
    expect(code).toBe(3);
  });

  it('ends when it is stopped, whatever it does', async () => {
    const stop = new AbortController();
    const running = script('while true; do true; done', { signal: stop.signal });
    stop.abort();
    expect((await running).code).toBe(143);
  });
});
