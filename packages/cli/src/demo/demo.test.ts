import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { silentLogger } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withSession } from '../session/session.ts';
import { aContext, runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { checkDemo } from './check.ts';
import { type Demo, startDemo } from './demo.ts';
import { contextOfPerson } from './demo-login.ts';
import { type DemoReport, describeDemo, reportDemo } from './demo-report.ts';

const folder = temporaryFolder();
const stateFolder = join(folder, 'demo');
const context = aContext({ userHome: folder, env: { PATH: process.env['PATH'] } });
const signal = new AbortController().signal;
const start = () => startDemo(context, { stateFolder, port: 0, logger: silentLogger, signal });
let demo: Demo;
let report: DemoReport;

beforeAll(async () => {
  demo = await start();
  report = reportDemo(demo);
}, 120_000);
afterAll(() => demo.close());

describe('the demo', () => {
  it('passes its own check', async () => {
    const checks: string[] = [];
    await checkDemo(context, { demo, signal, onCheck: ({ name, isPassed }) => checks.push(`${name}: ${isPassed}`) });
    expect(checks.filter((line) => !line.endsWith(': true'))).toEqual([]);
    expect(checks.length).toBeGreaterThan(12);
  });

  it('gives each person a home that is logged in, and a kubeconfig without a secret, private to its owner', async () => {
    expect(Object.keys(report.users)).toEqual(['admin', 'developer', 'viewer', 'approver', 'auditor']);
    for (const { email, home, kubeconfig, password } of Object.values(report.users)) {
      const { stdout } = await runCaptured(['whoami', '-o', 'name'], { env: { SALLYPORT_HOME: home } });
      expect(stdout).toBe(`user/${email}\n`);
      expect(statSync(home).mode & 0o777).toBe(0o700);
      expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
      expect(parse(readFileSync(kubeconfig, 'utf8'))).toMatchObject({ 'current-context': 'sallyport/demo/demo' });
      expect(password).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    }
    expect(new Set(Object.values(report.users).map(({ password }) => password)).size).toBe(5);
  });

  it('gives the agent a token of its service account and nothing of the operator', () => {
    const agentFolder = demo.state.agentFolder;
    const texts = readdirSync(agentFolder).map((name) => readFileSync(join(agentFolder, name), 'utf8'));
    const kubeconfig = parse(readFileSync(join(agentFolder, 'cluster.kubeconfig'), 'utf8'));
    expect(Object.keys(kubeconfig.users[0].user)).toEqual(['tokenFile']);
    const token = readFileSync(join(agentFolder, 'cluster-token'), 'utf8');
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    expect(claims.sub).toBe('system:serviceaccount:sallyport:sallyport-agent');
    for (const text of texts) expect(text).not.toContain('client-key-data');
  });

  it('lets the viewer and nobody else ask for more, also at once', async () => {
    const viewer = contextOfPerson(context, demo.state, 'viewer');
    const asked = () =>
      withSession(viewer, { server: demo.url }, ({ api }) => api.listRequestable({ organization: demo.organization }));
    const { items } = await asked();
    expect(items.map(({ role, policy, approvals }) => ({ role, policy, approvals }))).toEqual([
      { role: 'developer', policy: 'demo', approvals: 1 },
      { role: 'namespace-admin', policy: 'demo', approvals: 1 },
    ]);
    expect(items.map(({ breakGlass }) => breakGlass)).toEqual([{ maxDuration: '1h' }, { maxDuration: '1h' }]);
    const approver = contextOfPerson(context, demo.state, 'approver');
    const none = await withSession(approver, { server: demo.url }, ({ api }) =>
      api.listRequestable({ organization: demo.organization }),
    );
    expect(none.items).toEqual([]);
  });

  it('tells a person what to type next', () => {
    const text = describeDemo(report, demo.upstream);
    expect(text).toContain(report.users.developer.kubeconfig);
    expect(text).toContain(report.users.viewer.password);
    expect(text).toContain(`--ca-file ${report.caFile}`);
  });

  it('refuses a second one on its state or on its port, with a code and a next step', async () => {
    const port = new URL(demo.url).port;
    const onState = await runCaptured(['demo', '--state', stateFolder, '--port', '0']);
    expect(onState).toMatchObject({ exitCode: 1, stdout: '' });
    expect(onState.stderr).toContain('ERR_DEMO_STATE_IN_USE');
    expect(onState.stderr).toMatch(/is in use by another demo .*\nnext: {2}/);
    const onPort = await runCaptured(['demo', '--state', join(folder, 'other'), '--port', port, '--json']);
    expect(onPort).toMatchObject({ exitCode: 1, stdout: '' });
    expect(onPort.stderr).toMatch(/\(ERR_LISTEN_PORT_TAKEN\)\nnext: {2}/);
    expect(onPort.stderr).toContain('--port');
  });

  it('fails its check when a part of it is gone, and says which', async () => {
    await demo.server.close();
    const seen: string[] = [];
    await expect(
      checkDemo(context, { demo, signal, onCheck: ({ name, isPassed }) => seen.push(`${name}: ${isPassed}`) }),
    ).rejects.toMatchObject({
      code: 'ERR_DEMO_CHECK_FAILED',
      message: expect.stringContaining('admin finds the cluster connected'),
    });
    expect(seen).toEqual(['admin finds the cluster connected: false']);
    await demo.close();
    demo = await start();
  });

  it('keeps people, passwords and CA over a restart', async () => {
    await demo.close();
    demo = await start();
    const again = reportDemo(demo);
    expect(again).toEqual(report);
    expect(readFileSync(again.caFile, 'utf8')).toBe(demo.server.caPem);
  });
});

it('refuses to move to another port, since its people are known by their address', async () => {
  await demo.close();
  const { exitCode, stdout, stderr } = await runCaptured(
    ['demo', '--state', stateFolder, '--port', String(await freePort())],
    { env: context.env },
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('ERR_DEMO_PORT_CHANGED');
});

describe('sallyport demo --json --check', () => {
  it('prints one line of JSON on stdout and everything else on stderr', async () => {
    await demo.close();
    const { exitCode, stdout, stderr } = await runCaptured(
      ['demo', '--json', '--check', '--port', '0', '--state', stateFolder],
      { env: context.env },
    );
    expect(stderr).not.toContain('FAILED');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['url', 'caFile', 'organization', 'cluster', 'users']);
    for (const { password } of Object.values(report.users)) expect(stderr).not.toContain(password);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
