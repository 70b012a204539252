import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSandboxProgram } from '../testing/sandbox-program.ts';
import { createProcessRunner } from './process-runner.ts';
import type { Sandbox } from './runner.ts';

const canIsolate =
  process.platform === 'linux' &&
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', 'true']).status === 0;

/** What somebody would run who can run any code in a sandbox: Node stands in for kubectl. */
const HOSTILE = `
const fs = require('node:fs'), net = require('node:net'), path = require('node:path');
const found = { env: Object.keys(process.env).sort(), uid: process.getuid(), root: fs.readdirSync('/') };
const can = (work) => { try { return work() ?? true; } catch (error) { return error.code; } };
found.files = JSON.parse(process.argv[1]).map((file) => can(() => fs.readFileSync(file, 'utf8').slice(0, 40)));
found.processes = can(() => fs.readdirSync('/proc'));
found.signals = JSON.parse(process.argv[2]).map((pid) => can(() => process.kill(pid, 0)));
found.writable = ['/', '/bin', '/lib', '/sallyport'].map((folder) => can(() => fs.writeFileSync(path.join(folder, 'x'), 'x')));
found.work = fs.readdirSync('/work');
found.kubeconfig = fs.readFileSync(process.env.KUBECONFIG, 'utf8');
const socket = net.connect({ host: '127.0.0.1', port: Number(process.argv[3]), timeout: 2000 });
const done = (what) => { found.network = what; console.log(JSON.stringify(found)); process.exit(0); };
socket.on('connect', () => done('connected'));
socket.on('error', (error) => done(error.code));
socket.on('timeout', () => done('timeout'));
`;

describe.skipIf(!canIsolate)('SEC-H07 a sandbox with namespaces of its own', () => {
  let mine: Sandbox;
  let theirs: Sandbox;
  let bystander: ChildProcess;
  let service: Server;
  const secretFile = join(mkdtempSync(join(tmpdir(), 'sallyport-secret-')), 'database-url');
  const runner = createProcessRunner({
    kubectl: process.execPath,
    program: buildSandboxProgram(),
    isolation: 'namespaces',
    folder: '/nonexistent',
    isRoot: process.getuid?.() === 0,
    logger: silentLogger,
  });
  beforeAll(async () => {
    writeFileSync(secretFile, 'postgres://c4nary', { mode: 0o644 });
    bystander = spawn('sleep', ['600']);
    service = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    [mine, theirs] = await Promise.all([
      runner.open({ id: 'mine', kubeconfig: () => 'mine' }),
      runner.open({ id: 'theirs', kubeconfig: () => 'c4nary' }),
    ]);
    theirs.send({ type: 'putFile', id: 1, path: 'private.yaml' }, Buffer.from('c4nary'));
  });
  afterAll(async () => {
    bystander?.kill();
    service?.close();
    await Promise.all([mine?.close(), theirs?.close()]);
  });

  function run(sandbox: Sandbox, args: readonly string[]): Promise<{ readonly text: string; readonly code: number }> {
    return new Promise((resolve) => {
      let text = '';
      sandbox.onEvent((event, body) => {
        if (event.type === 'output') text += body.toString('utf8');
        if (event.type === 'exit') resolve({ text, code: event.code });
      });
      // Through a filter, so that no terminal cuts the line.
      const filters = [{ kind: 'head', lines: 1_000 } as const];
      sandbox.send({ type: 'run', args, filters, columns: 80, rows: 24 });
    });
  }

  it('lets hostile code read no file, process, environment or credential of others, signal nobody and reach nothing', async () => {
    const address = service.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const files = [
      secretFile,
      '/etc/passwd',
      '/etc/shadow',
      '/proc/1/environ',
      '/root',
      '/var/run/secrets/kubernetes.io/serviceaccount/token',
    ];
    const pids = [process.pid, bystander.pid];
    const { text, code } = await run(mine, ['-e', HOSTILE, JSON.stringify(files), JSON.stringify(pids), String(port)]);
    expect([code, text.includes('c4nary')]).toEqual([0, false]);
    const found = JSON.parse(text);
    expect(found).toMatchObject({
      env: ['HOME', 'KUBECACHEDIR', 'KUBECONFIG', 'KUBECTL_KUBERC', 'KUBE_EDITOR', 'LANG', 'PATH', 'TERM', 'TMPDIR'],
      files: files.map(() => 'ENOENT'),
      processes: 'ENOENT',
      signals: ['ESRCH', 'ESRCH'],
      writable: [
        expect.stringMatching(/EROFS|EACCES/),
        expect.stringMatching(/EROFS|EACCES/),
        expect.stringMatching(/EROFS|EACCES/),
        expect.stringMatching(/EROFS|EACCES/),
      ],
      kubeconfig: 'mine',
      network: 'ECONNREFUSED',
    });
    expect(found.root.sort()).toEqual(expect.arrayContaining(['bin', 'dev', 'work']));
    expect(found.root).not.toContain('etc');
    if (process.getuid?.() === 0) expect(found.uid).toBeGreaterThan(65_536);
  });

  it('bounds what a command may take: memory for data, and files', async () => {
    const eat = 'const a=[];for(;;)a.push(Buffer.alloc(64*1048576,1))';
    expect((await run(mine, ['-e', eat])).code).not.toBe(0);
    const fill =
      "try{for(let i=0;;i++)fs.writeFileSync('f'+i,Buffer.alloc(16*1048576))}catch(e){console.log(e.code)}finally{for(const f of fs.readdirSync('.'))fs.rmSync(f)}";
    expect((await run(mine, ['-e', fill])).text.trim()).toMatch(/^(ENOSPC|EFBIG)$/);
  });

  it('bounds how many processes there are, and leaves those of others alone', async () => {
    // Nobody takes notice of their ends while the loop runs, so each one counts until then.
    const bomb = `
const { spawn } = require('node:child_process');
let count = 0;
const start = () => {
  const child = spawn('/bin/prlimit', ['--version'], { stdio: 'ignore' });
  child.on('error', ({ code }) => { console.log(code); process.exit(0); });
  return child.pid !== undefined;
};
while (count < 300 && start()) count += 1;
if (count === 300) console.log('no limit');`;
    const bombed = await runner.open({ id: 'bombed', kubeconfig: () => '' });
    try {
      const { text } = await run(bombed, ['-e', bomb]);
      expect(text.trim()).toBe('EAGAIN');
      expect((await run(theirs, ['-p', '1 + 1'])).text.trim()).toBe('2');
    } finally {
      await bombed.close();
    }
  });

  it('SEC-H10 is gone, with what runs in it, as soon as nobody holds it', async () => {
    const short = await runner.open({ id: 'short', kubeconfig: () => '' });
    const address = short.listener.address();
    short.send({ type: 'run', args: ['-e', 'setInterval(()=>{},1000)'], filters: [], columns: 80, rows: 24 });
    await short.close();
    expect(await short.ended).toBeUndefined();
    expect([typeof address, short.listener.listening]).toEqual(['object', false]);
  });
});
