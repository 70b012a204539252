import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { createHome } from '../../state/home.ts';
import { type RealServer, startRealServer } from '../../testing/real-server.ts';
import { type Captured, runCaptured } from '../../testing/run-captured.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
const home = createHome(join(folder, 'home'));
let real: RealServer;

const run = (argv: readonly string[]): Promise<Captured> =>
  runCaptured(argv, { env: { SALLYPORT_HOME: home.folder }, userHome: home.folder, cwd: folder });
async function ok(argv: readonly string[]): Promise<Captured> {
  const captured = await run(argv);
  expect(captured.exitCode, captured.stderr).toBe(0);
  return captured;
}
interface ManifestObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template: { readonly spec: { readonly volumes: readonly { name: string }[] } } };
}
const objectsOf = (manifest: string) =>
  parseAllDocuments(manifest).map((document) => document.toJS() as ManifestObject);
function find(objects: readonly ManifestObject[], kind: string, suffix = ''): ManifestObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name.endsWith(suffix));
  if (found === undefined) throw new Error(`there is no ${kind} *${suffix}`);
  return found;
}
const field = async (name: string, path: string) =>
  (await ok(['clusters', 'show', name, '-o', `jsonpath={${path}}`])).stdout;

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  const login = ['login', real.url, '--ca-file', real.caFile];
  const { exitCode, stderr } = await runCaptured(login, {
    env: { SALLYPORT_HOME: home.folder },
    userHome: home.folder,
    openBrowser: real.browserOf('admin'),
  });
  expect(exitCode, stderr).toBe(0);
  await ok(['projects', 'create', 'factories']);
  await ok(['projects', 'create', 'web']);
});
afterAll(() => real.close());

describe('the life of a cluster on the command line', () => {
  it('begins with a manifest that has what its spec says of proxy, CA and namespace', async () => {
    writeFileSync(join(folder, 'extra.pem'), '-----BEGIN CERTIFICATE-----\nEXTRA\n-----END CERTIFICATE-----\n');
    const { stdout, stderr } = await ok([
      ...['clusters', 'register', 'plant', '--project', 'factories', '--label', 'env=prod', '--location', 'eu'],
      ...['--environment', 'production', '--description', 'Presses', '--namespace', 'edge', '--ca-file', 'extra.pem'],
      ...['--proxy-url', 'http://proxy.example.com:3128', '--proxy-secret', 'egress', '--token-lifetime', '2d'],
    ]);
    expect(stderr).toMatch(/^Apply the manifest in the cluster plant before \d{4}-/);
    const objects = objectsOf(stdout);
    const { data = {}, metadata } = find(objects, 'ConfigMap');
    expect(metadata.namespace).toBe('edge');
    expect(data['server-ca.crt']).toBe(
      `${real.server.caPem.trimEnd()}\n-----BEGIN CERTIFICATE-----\nEXTRA\n-----END CERTIFICATE-----\n`,
    );
    expect(parse(data['agent.yaml'] ?? '')).toMatchObject({
      proxy: 'http://proxy.example.com:3128',
      proxyPasswordFile: '/var/run/secrets/sallyport/proxy/password',
    });
    expect(find(objects, 'Deployment').spec?.template.spec.volumes).toContainEqual({
      name: 'proxy',
      secret: { secretName: 'egress', defaultMode: 0o440 },
    });
    // Its credentials are nowhere in the manifest.
    expect(objects.filter(({ kind }) => kind === 'Secret').map((object) => object.metadata.name)).toEqual([
      'sallyport-agent-identity',
      'sallyport-agent-join',
    ]);
    for (const [path, want] of [
      ['.spec.project', 'factories'],
      ['.spec.location', 'eu'],
      ['.spec.environment', 'production'],
      ['.spec.description', 'Presses'],
      ['.spec.agent.namespace', 'edge'],
      ['.metadata.labels.env', 'prod'],
      ['.status.health.status', 'pending'],
    ]) {
      expect(await field('plant', path ?? ''), path).toBe(want);
    }
  });

  it('has values for the chart of the agent, which say the same', async () => {
    await ok([
      'clusters',
      'register',
      'press',
      '--proxy-url',
      'http://proxy.example.com:3128',
      '--proxy-secret',
      'egress',
    ]);
    const { stdout } = await ok([
      'clusters',
      'manifest',
      'press',
      '--ceiling',
      'view',
      '--image',
      'r.example.com:5000/a:1',
      '-o',
      'helm',
    ]);
    expect(parse(stdout)).toMatchObject({
      clusterId: expect.stringMatching(/^clu_/),
      server: { url: real.server.publicUrl, ca: real.server.caPem },
      capabilityKeys: { keys: [expect.objectContaining({ kid: expect.any(String) })] },
      joinToken: expect.stringMatching(/^sjt_/),
      image: { repository: 'r.example.com:5000/a', tag: '1' },
      ceiling: ['view'],
      proxy: { url: 'http://proxy.example.com:3128', existingSecret: 'egress' },
    });
    await ok(['clusters', 'deregister', 'press', '--yes']);
  });

  it('has the same manifest again, with another join token; tokens are listed and revoked', async () => {
    const again = await ok(['clusters', 'manifest', 'plant', '-o', 'json']);
    const { items } = JSON.parse(again.stdout) as { items: readonly ManifestObject[] };
    expect(find(items, 'Secret', '-join').stringData?.['token']).toMatch(/^sjt_/);
    expect(find(items, 'ConfigMap').metadata.namespace).toBe('edge');
    const list = ['clusters', 'join-tokens', 'list', 'plant'];
    const listed = await ok([...list, '-o', 'json']);
    const tokens = (JSON.parse(listed.stdout) as { items: { id: string }[] }).items;
    expect(tokens).toHaveLength(2);
    expect(listed.stdout).not.toContain('sjt_');
    await ok(['clusters', 'join-tokens', 'revoke', 'plant', tokens[0]?.id ?? '']);
    expect((await ok([...list, '--no-headers'])).stdout.trim().split('\n')).toHaveLength(1);
    const twice = await run(['clusters', 'join-tokens', 'revoke', 'plant', tokens[0]?.id ?? '']);
    expect(twice.stderr).toContain('ERR_API_NOT_FOUND');
    const long = await run(['clusters', 'manifest', 'plant', '--token-lifetime', '8d']);
    expect(long).toMatchObject({ stdout: '', exitCode: 1 });
    expect(long.stderr).toContain('limit is 7d');
    const agents = await ok(['clusters', 'agents', 'plant']);
    expect(agents.stderr).toBe('No agent holds a certificate for plant.\n');
    expect((await run(['clusters', 'agents', 'revoke', 'plant', 'agt_x'])).stderr).toContain('ERR_API_NOT_FOUND');
  });

  it('is renamed, moved and shared, its id and everything else as before', async () => {
    const id = await field('plant', '.metadata.id');
    await ok(['clusters', 'rename', 'plant', 'plant-7']);
    await ok(['clusters', 'move', 'plant-7', '--project', 'default']);
    const share = (...words: readonly string[]) => ok(['clusters', 'share', 'plant-7', ...words]);
    expect((await share('--with', 'web', '--with', 'factories')).stderr).toBe(
      'plant-7 is shared with factories, web.\n',
    );
    expect((await share('--unshare', 'web')).stderr).toBe('plant-7 is shared with factories.\n');
    expect(await field('plant-7', '.metadata.id')).toBe(id);
    expect(await field('plant-7', '.spec.project')).toBe('default');
    expect(await field('plant-7', '.spec.location')).toBe('eu');
    expect((await run(['clusters', 'show', 'plant'])).stderr).toContain('ERR_API_NOT_FOUND');
    expect((await run(['clusters', 'share', 'plant-7'])).stderr).toContain('no project is named');
    expect((await run(['clusters', 'move', 'plant-7', '--project', 'none'])).exitCode).toBe(1);
  });

  it('ends with the lines that remove by hand what its agents can not', async () => {
    const id = await field('plant-7', '.metadata.id');
    const unsure = await run(['clusters', 'deregister', 'plant-7']);
    expect(unsure.stderr).toContain('this needs a confirmation');
    const { stdout, stderr } = await ok(['clusters', 'deregister', 'plant-7', '--yes']);
    expect(stdout).toBe('');
    expect(stderr).toContain('Its agents remove what was installed.');
    expect(stderr).toContain(`kubectl delete clusterrolebindings,clusterroles -l sallyport.dev/cluster=${id}`);
    expect(stderr).toContain('kubectl -n edge delete deployments');
    expect((await run(['clusters', 'show', 'plant-7'])).stderr).toContain('ERR_API_NOT_FOUND');

    await ok(['clusters', 'register', 'kept']);
    const kept = await ok(['clusters', 'deregister', 'kept', '--keep-objects', '-y']);
    expect(kept.stderr).toContain('What was installed is still there.');
  });
});
