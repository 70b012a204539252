import { beforeAll, describe, expect, it } from 'vitest';
import { type ConfigSources, loadAgentConfig } from './config.ts';
import { createTestCa } from './testing/test-ca.ts';

const KEYS = '{"keys":[{"kty":"EC"}]}';
const REQUIRED = [
  '--server=https://sallyport.example.com',
  '--server-ca-file=/ca.crt',
  '--capability-keys-file=/keys.json',
  '--identity-directory=/var/lib/agent',
];
let caPem: string;
beforeAll(async () => {
  caPem = (await createTestCa()).certificatePem;
});

function load(overrides: Partial<ConfigSources> & { readonly files?: Readonly<Record<string, string>> } = {}) {
  const files: Record<string, string> = { '/ca.crt': caPem, '/keys.json': KEYS, ...overrides.files };
  return loadAgentConfig({
    argv: REQUIRED,
    env: {},
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return text;
    },
    ...overrides,
  });
}

function problemsOf(overrides: Parameters<typeof load>[0]): string[] {
  try {
    load(overrides);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_AGENT_CONFIG_INVALID' });
    return (error as Error).message.split('\n').slice(1);
  }
  throw new Error('the configuration was taken');
}

describe('the configuration of an agent', () => {
  it('has a default for everything but the server, its keys and the place of the identity', () => {
    const { joinToken, ...config } = load();
    expect(config).toEqual({
      server: { url: new URL('https://sallyport.example.com'), caPem },
      capabilityKeys: JSON.parse(KEYS) as unknown,
      identity: { kind: 'file', directory: '/var/lib/agent' },
      upstream: { kind: 'inCluster' },
      ceiling: ['sallyport:view', 'sallyport:edit', 'sallyport:admin', 'sallyport:inventory'],
      health: { host: '127.0.0.1', port: 8081 },
      drainTimeoutMs: 30_000,
      tunnelLink: 'grpc',
    });
    expect(joinToken()).toBeUndefined();
  });

  it('takes flags before the environment before the file', () => {
    const file = [
      'server: https://file.example',
      'serverCaFile: /ca.crt',
      'capabilityKeysFile: /keys.json',
      'identitySecret: sallyport/agent-identity',
      'ceiling: [sallyport:view, team-a]',
      'drainTimeout: 1m',
      'health: "[::1]:9000"',
    ].join('\n');
    const config = load({
      argv: ['--config', '/agent.yaml', '--drain-timeout', '5s'],
      env: {
        SALLYPORT_AGENT_DRAIN_TIMEOUT: '9s',
        SALLYPORT_AGENT_SERVER: 'https://env.example',
        KUBERNETES_SERVICE_HOST: '10.96.0.1',
        KUBERNETES_SERVICE_PORT: '6443',
        PATH: '/bin',
      },
      files: { '/agent.yaml': file },
    });
    expect(config).toMatchObject({
      server: { url: new URL('https://env.example') },
      identity: { kind: 'secret', namespace: 'sallyport', name: 'agent-identity' },
      upstream: { kind: 'inCluster', host: '10.96.0.1', port: 6443 },
      ceiling: ['sallyport:view', 'team-a'],
      health: { host: '::1', port: 9000 },
      drainTimeoutMs: 5_000,
    });
  });

  it('reads the join token anew each time, and holds it as a secret', () => {
    const files: Record<string, string> = { '/token': 'one\n' };
    const config = load({ argv: [...REQUIRED, '--join-token-file=/token'], files });
    expect(config.joinToken()?.reveal()).toBe('one');
    expect(JSON.stringify({ ...config, token: config.joinToken() })).not.toContain('one"');
    expect(load({ argv: [...REQUIRED, '--join-token-file=/gone'] }).joinToken()).toBeUndefined();
  });

  it('keeps the proxy’s password out of everything that prints', () => {
    const config = load({
      argv: [...REQUIRED, '--proxy=http://proxy.example:3128', '--proxy-user-name=agent', '--proxy-password-file=/pw'],
      files: { '/pw': 'hunter2\n' },
    });
    expect(config.proxy).toMatchObject({ host: 'proxy.example', port: 3128 });
    expect(config.proxy?.credentials?.password.reveal()).toBe('hunter2');
    expect(JSON.stringify(config)).not.toContain('hunter2');
  });

  it('reports every problem at once', () => {
    const problems = problemsOf({
      argv: [
        '--server=http://plain.example',
        '--server-ca-file=/broken.crt',
        '--capability-keys-file=/gone.json',
        '--identity-secret=nonsense',
        '--ceiling=sallyport:view,system:masters',
        '--drain-timeout=soon',
        '--health=nowhere',
        '--proxy=http://user:pw@proxy.example',
        '--cluster-id=clu_short',
        '--tunnel-link=carrier-pigeon',
      ],
      files: { '/broken.crt': 'x' },
    });
    expect(problems).toHaveLength(10);
    expect(problems.join('\n')).not.toContain('pw@');
    for (const what of [
      'server',
      'serverCaFile',
      'capabilityKeysFile',
      'identitySecret',
      'proxy',
      'health',
      'clusterId',
      'tunnelLink',
    ]) {
      expect(
        problems.some((problem) => problem.startsWith(`- ${what}:`)),
        what,
      ).toBe(true);
    }
  });

  it('takes generated rules only where people are bound', () => {
    const access = (...argv: readonly string[]) => ({ argv: [...REQUIRED, '--installation=sallyport/agent', ...argv] });
    expect(load(access('--upstream-mode=managed', '--generated-rules=true')).access?.generatedRules).toBe(true);
    expect(load(access('--upstream-mode=managed')).access?.generatedRules).toBeUndefined();
    expect(problemsOf(access('--generated-rules=true'))).toEqual([
      '- generatedRules: only with the upstreamMode managed or serviceAccounts',
    ]);
    expect(problemsOf(access('--upstream-mode=managed', '--generated-rules=maybe'))).toEqual([
      '- generatedRules: write true or false',
    ]);
  });

  it('suggests the nearest known name for one it does not know', () => {
    const problems = problemsOf({
      argv: [...REQUIRED, '--sever=x', '--config=/a.yaml', 'stray', '--proxy'],
      env: { SALLYPORT_AGENT_CEILNG: 'x', SALLYPORT_AGENT_ZZZZZZZZZZZZ: 'x' },
      files: { '/a.yaml': 'joinTokenFil: x\nhealth: 5\n' },
    });
    expect(problems).toEqual([
      '- --sever is not known, did you mean --server?',
      '- "stray" is no flag',
      '- --proxy has no value',
      '- SALLYPORT_AGENT_CEILNG is not known, did you mean SALLYPORT_AGENT_CEILING?',
      '- SALLYPORT_AGENT_ZZZZZZZZZZZZ is not known',
      '- joinTokenFil is not known, did you mean joinTokenFile?',
      '- health: text is required',
    ]);
  });

  it('quotes nothing of a file that is not YAML', () => {
    const problems = problemsOf({
      argv: [...REQUIRED, '--config=/a.yaml'],
      files: { '/a.yaml': 'joinToken: "s3cret\n: [' },
    });
    expect(problems).toEqual(['- config: the file is not YAML (line 2, column 4)']);
  });

  it('wants exactly one place for the identity', () => {
    expect(problemsOf({ argv: [...REQUIRED, '--identity-secret=a/b'] })).toHaveLength(1);
    expect(problemsOf({ argv: REQUIRED.slice(0, 3) })).toHaveLength(1);
  });
});
