import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { formatCredentialShim } from './credential-shim.ts';
import { formatCredentialCache, formatExecCredential } from './exec-credential.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shim-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const CREDENTIAL = { token: new Secret('a.b\\c%d'), expiresAt: new Date('2030-01-01T00:10:00.700Z') };

describe('formatExecCredential', () => {
  it('is what kubectl reads, with an end that is early enough', () => {
    expect(JSON.parse(formatExecCredential(CREDENTIAL))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      kind: 'ExecCredential',
      status: { expirationTimestamp: '2030-01-01T00:09:15Z', token: 'a.b\\c%d' },
    });
    expect(formatExecCredential(CREDENTIAL)).not.toContain('\n');
  });

  it('is cached behind its announced end', () => {
    const [ends, json, rest] = formatCredentialCache(CREDENTIAL).split('\n');
    expect(ends).toBe(String(Date.parse('2030-01-01T00:09:15Z') / 1_000));
    expect([json, rest]).toEqual([formatExecCredential(CREDENTIAL), '']);
  });
});

describe('formatCredentialShim for POSIX', () => {
  /** Runs the shim under `sh` with a CLI that says how it was called. */
  function run(
    args: readonly string[],
    options: { cacheFolder?: string; path?: string; env?: Record<string, string> } = {},
  ) {
    const cli = join(folder, 'cli');
    writeFileSync(cli, '#!/bin/sh\nprintf "%s|" cli "$SALLYPORT_HOME" "$@"\nexit 7\n');
    chmodSync(cli, 0o755);
    const shim = join(folder, 'shim');
    const { cacheFolder = folder, path = process.env['PATH'] ?? '', env = { SALLYPORT_HOME: '/home/ada' } } = options;
    writeFileSync(
      shim,
      formatCredentialShim({ platform: 'posix', cacheFolder, runtime: cli, args: ['kube', 'credential'], env }),
    );
    const { stdout, stderr, status } = spawnSync('/bin/sh', [shim, ...args], { encoding: 'utf8', env: { PATH: path } });
    return { stdout, stderr, status };
  }
  const asked = (...args: string[]) => ({
    stdout: ['cli', '/home/ada', 'kube', 'credential', ...args, ''].join('|'),
    stderr: '',
    status: 7,
  });
  const cached = (expiresAt: Date) => formatCredentialCache({ ...CREDENTIAL, expiresAt, earlyMs: 0 });

  it('prints the cached credential while it has life left', () => {
    const expiresAt = new Date(Date.now() + 60_000);
    writeFileSync(join(folder, 'prod-1'), cached(expiresAt));
    expect(run(['--cluster', 'prod-1'])).toEqual({
      stdout: `${formatExecCredential({ ...CREDENTIAL, expiresAt, earlyMs: 0 })}\n`,
      stderr: '',
      status: 0,
    });
  });

  it('starts nothing but date', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const log = join(folder, 'log');
    writeFileSync(join(bin, 'date'), `#!/bin/sh\necho "date $*" >>'${log}'\necho 100\n`);
    chmodSync(join(bin, 'date'), 0o755);
    writeFileSync(join(folder, 'prod'), '101\n{}\n');
    expect(run(['--cluster', 'prod'], { path: bin })).toMatchObject({ stdout: '{}\n', status: 0 });
    expect(execFileSync('cat', [log], { encoding: 'utf8' })).toBe('date +%s\n');
    writeFileSync(join(folder, 'prod'), '100\n{}\n');
    expect(run(['--cluster', 'prod'], { path: bin })).toEqual(asked('--cluster', 'prod'));
  });

  const broken: [string, string | undefined][] = [
    ['missing', undefined],
    ['empty', ''],
    ['cut off', '99999999999\n{"kind"'],
    ['without its first line', '{"kind":"ExecCredential"}\n'],
    ['with an end that is a command', '$(touch pwned)\n{}\n'],
    ['past', '1\n{}\n'],
    ['with an end no shell can compare', `${'9'.repeat(40)}\n{}\n`],
  ];
  for (const [what, content] of broken) {
    it(`asks the CLI, and says nothing itself, when the cache is ${what}`, () => {
      if (content !== undefined) writeFileSync(join(folder, 'prod'), content);
      expect(run(['--cluster', 'prod'])).toEqual(asked('--cluster', 'prod'));
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    });
  }

  for (const args of [
    [],
    ['--cluster'],
    ['--cluster', ''],
    ['--cluster', '../secret'],
    ['--cluster', 'a b'],
    ['--other', 'prod'],
    ['--cluster', 'prod', '--verbose'],
  ]) {
    it(`passes ${JSON.stringify(args)} on to the CLI as they are`, () => {
      writeFileSync(join(folder, 'prod'), cached(new Date(Date.now() + 60_000)));
      writeFileSync(join(folder, '..', 'secret'), cached(new Date(Date.now() + 60_000)));
      expect(run(args)).toEqual(asked(...args));
      rmSync(join(folder, '..', 'secret'));
    });
  }

  it('SEC-G07 quotes every value, so that only its own commands run', () => {
    const hostile = `${folder}/it's "$(touch ${folder}/pwned)" \`touch ${folder}/pwned\`\n;touch ${folder}/pwned #%\\`;
    mkdirSync(hostile.split('/').slice(0, 4).join('/'), { recursive: true });
    expect(run(['--cluster', 'prod'], { cacheFolder: hostile, env: { SALLYPORT_HOME: hostile } })).toEqual({
      ...asked('--cluster', 'prod'),
      stdout: ['cli', hostile, 'kube', 'credential', '--cluster', 'prod', ''].join('|'),
    });
    expect(readdirSync(folder)).not.toContain('pwned');
  });

  it('SEC-G07 refuses what can not be quoted', () => {
    const base = { platform: 'posix', cacheFolder: '/c', runtime: '/n', args: [] } as const;
    expect(() => formatCredentialShim({ ...base, cacheFolder: '/a\0b' })).toThrow(
      expect.objectContaining({ code: 'ERR_SHIM_VALUE' }),
    );
    expect(() => formatCredentialShim({ ...base, env: { 'A;B': 'x' } })).toThrow(
      expect.objectContaining({ code: 'ERR_SHIM_VALUE' }),
    );
  });
});

describe('formatCredentialShim for Windows', () => {
  const shim = formatCredentialShim({
    platform: 'windows',
    cacheFolder: 'C:\\Users\\100%\\cache\\',
    runtime: 'C:\\Program Files\\nodejs\\node.exe',
    args: ['C:\\sallyport\\bin\\sallyport.js', 'kube', 'credential'],
    env: { SALLYPORT_HOME: 'C:\\Users\\ada & co' },
  });

  it('quotes every value and falls back to the CLI', () => {
    const lines = shim.split('\r\n');
    expect(lines.slice(0, 3)).toEqual([
      '@echo off',
      'setlocal DisableDelayedExpansion',
      'set "SALLYPORT_HOME=C:\\Users\\ada & co"',
    ]);
    expect(lines[3]).toMatch(
      /^"C:\\Program Files\\nodejs\\node\.exe" -e "[^"%!]+" "C:\\Users\\100%%\\cache\\\\" %\* && exit \/b 0$/,
    );
    expect(lines[4]).toBe(
      '"C:\\Program Files\\nodejs\\node.exe" "C:\\sallyport\\bin\\sallyport.js" "kube" "credential" %*',
    );
    expect(lines.slice(5)).toEqual(['exit /b %ERRORLEVEL%', '']);
  });

  it('reads the cache with a script that does what the POSIX one does', () => {
    const script = /-e "([^"]+)"/.exec(shim)?.[1] ?? '';
    const read = (...args: string[]) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script, folder, ...args], {
        encoding: 'utf8',
      });
      return { stdout, stderr, status };
    };
    const expiresAt = new Date(Date.now() + 60_000);
    writeFileSync(join(folder, 'prod'), formatCredentialCache({ ...CREDENTIAL, expiresAt, earlyMs: 0 }));
    writeFileSync(join(folder, 'past'), '1\n{}\n');
    expect(read('--cluster', 'prod')).toEqual({
      stdout: `${formatExecCredential({ ...CREDENTIAL, expiresAt, earlyMs: 0 })}\n`,
      stderr: '',
      status: 0,
    });
    for (const args of [['--cluster', 'past'], ['--cluster', 'none'], ['--cluster', '../prod'], ['--cluster'], []]) {
      expect(read(...args)).toEqual({ stdout: '', stderr: '', status: 1 });
    }
  });

  it('SEC-G07 refuses what can not be quoted', () => {
    const base = { platform: 'windows', cacheFolder: 'C:\\c', runtime: 'C:\\n', args: [] } as const;
    for (const value of ['a"b', 'a\r\nb']) {
      expect(() => formatCredentialShim({ ...base, cacheFolder: value })).toThrow(
        expect.objectContaining({ code: 'ERR_SHIM_VALUE' }),
      );
    }
  });
});
