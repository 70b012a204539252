import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerCluster } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awaitCondition,
  freePort,
  lacks,
  type Program,
  part,
  repository,
  run,
  start,
  temporaryFolder,
} from '../support/index.ts';
import { type ClusterAccount, createClusterAccount } from './cluster-account.ts';
import { uniqueName } from './kubectl-suite.ts';
import { logIn } from './login.ts';

// Server and agent as the programs that people start, ended in every way that programs end.
describe.skipIf(lacks('cluster', 'image', 'kubectl'))('server and agent as processes', () => {
  const folder = temporaryFolder();
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const sallyport = (words: readonly string[]) =>
    start(process.execPath, [join(repository, 'packages/cli/bin/sallyport.js'), ...words]);
  const pod = uniqueName('binaries');
  let account: ClusterAccount;
  let startServer: () => Promise<Program>;
  let startAgent: () => Promise<Program>;
  let server: Program;
  let agent: Program;
  let kubeconfig: string;

  const kubectl = (words: readonly string[], timeoutMs = 60_000) =>
    run(part('kubectl'), ['--kubeconfig', kubeconfig, ...words], { input: '', timeoutMs });
  /** An exec that is open: its command has spoken. */
  async function openExec(): Promise<Program> {
    const exec = start(part('kubectl'), [
      '--kubeconfig',
      kubeconfig,
      'exec',
      pod,
      '--',
      'sh',
      '-c',
      'echo open; sleep 1000',
    ]);
    await exec.saw(/open/);
    return exec;
  }
  const works = () =>
    awaitCondition(async () => (await kubectl(['get', 'pod', pod])).code === 0, {
      what: 'kubectl gets the pod',
      everyMs: 500,
    });

  beforeAll(async () => {
    account = await createClusterAccount(folder);
    const url = `https://127.0.0.1:${await freePort()}`;
    const password = randomBytes(18).toString('base64url');
    const config = file(
      'server.yaml',
      JSON.stringify({
        mode: 'development',
        listen: new URL(url).host,
        stateDir: join(folder, 'state'),
        organization: 'acme',
        bindings: [{ role: 'admin', identityProvider: 'development', group: 'admins' }],
        developmentUsers: [
          { email: 'ada@acme.test', name: 'Ada', passwordFile: file('password', password), groups: ['admins'] },
        ],
      }),
    );
    startServer = async () => {
      const program = sallyport(['server', 'start', '--config', config]);
      await program.saw(/the server is ready/, { in: 'stderr' });
      return program;
    };
    server = await startServer();
    const caPem = readFileSync(join(folder, 'state', 'ca.pem'), 'utf8');
    const ada = await logIn(url, caPem, 'ada@acme.test', password);
    const { install, joinToken } = await registerCluster(ada.api, 'acme', { name: 'prod' });
    const words = [
      ...['agent', 'run', '--server', install.serverUrl, '--server-ca-file', file('ca.pem', install.caPem)],
      ...[
        '--cluster-id',
        install.clusterId,
        '--capability-keys-file',
        file('jwks.json', JSON.stringify(install.capabilityJwks)),
      ],
      ...['--join-token-file', file('join-token', joinToken.token), '--identity-directory', join(folder, 'identity')],
      ...['--kubeconfig', account.kubeconfig, '--ceiling', 'sallyport:cluster-admin,sallyport:inventory'],
      ...['--health', 'off', '--drain-timeout', '1s'],
    ];
    startAgent = async () => {
      const program = sallyport(words);
      await program.saw(/tunnel is up/, { in: 'stderr' });
      return program;
    };
    agent = await startAgent();
    const { token } = await ada.api.mintKubeCredential({ organization: 'acme', name: 'prod' });
    kubeconfig = file(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'prod',
        clusters: [
          {
            name: 'prod',
            cluster: {
              server: `${url}/k/acme/prod`,
              'certificate-authority-data': Buffer.from(caPem).toString('base64'),
            },
          },
        ],
        users: [{ name: 'ada', user: { token } }],
        contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'ada' } }],
      }),
    );
    const created = await kubectl([
      'run',
      pod,
      `--image=${part('image')}`,
      '--image-pull-policy=IfNotPresent',
      '--restart=Never',
      '--command',
      '--',
      'sleep',
      '100000',
    ]);
    expect(created.code, created.stderr).toBe(0);
    const ready = await kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=80s'], 90_000);
    expect(ready.code, ready.stderr).toBe(0);
  }, 180_000);
  afterAll(async () => {
    if (kubeconfig !== undefined) await kubectl(['delete', 'pod', pod, '--force', '--grace-period=0', '--wait=false']);
    await agent?.stop();
    await server?.stop();
    await account?.remove();
  }, 60_000);

  it('SEC-D23 an exec whose agent is killed ends at once, with the reason and exit code 1', async () => {
    const exec = await openExec();
    await agent.stop({ signal: 'SIGKILL' });
    const outcome = await exec.ended;
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('[ERR_PROXY_TUNNEL_LOST]');
  });

  it('SEC-D20 a killed agent comes back under the same identity, its join token being used up', async () => {
    agent = await startAgent();
    await works();
  });

  it('a server that is stopped ends open streams with the reason, and is back with everything it knew', async () => {
    const exec = await openExec();
    const stopped = await server.stop();
    expect(stopped.code, stopped.stderr).toBe(0);
    const outcome = await exec.ended;
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('[ERR_PROXY_SERVER_STOPPING]');
    server = await startServer();
    await works();
  }, 90_000);

  it('SEC-D24 a server that is killed is back with everything it knew, and the agent finds it', async () => {
    await server.stop({ signal: 'SIGKILL' });
    server = await startServer();
    await works();
  }, 90_000);

  it('SEC-D09 an agent that neither speaks nor hangs up is noticed within the keepalive bound', async () => {
    const exec = await openExec();
    agent.child.kill('SIGSTOP');
    try {
      const outcome = await exec.ended;
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain('[ERR_PROXY_TUNNEL_LOST]');
    } finally {
      agent.child.kill('SIGCONT');
    }
    await works();
  }, 120_000);
});
