import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createHome } from '../state/home.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const head = (kind: string, name: string) =>
  `---\napiVersion: sallyport.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
const DOCUMENTS = [
  `${head('Project', 'shop')}spec: { description: The shop }`,
  `${head('Cluster', 'prod')}spec: { project: shop }`,
  `${head('Role', 'reader')}spec: { kubernetes: { clusterRoles: [view], rules: [{ verbs: [get, list], apiGroups: [''], resources: [pods] }] } }`,
  `${head('ServiceAccount', 'robot')}spec: { description: Deploys }`,
  `${head('Group', 'oncall')}spec: { users: [owner@acme.example] }`,
  `${head('Binding', 'oncall')}spec: { role: reader, subjects: [{ kind: Group, name: oncall }], scope: { kind: clusters, clusters: [prod] } }`,
  `${head('AccessPolicy', 'calm')}spec: { subjects: [{ kind: Group, name: oncall }], scope: { kind: organization }, limits: { requestsPerSecond: 5 } }`,
  `${head('RequestPolicy', 'readers')}spec: { requesters: [{ kind: Group, name: oncall }], roles: [reader], scope: { kind: organization }, maxDuration: 4h, steps: [{ reviewers: [{ kind: Group, name: oncall }] }] }`,
].join('\n');

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}
const documentsOf = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Document);

/** An installation, and the command line of its owner. */
async function anInstallation(name: string) {
  const real: RealServer = await startRealServer(join(folder, name));
  mkdirSync(join(folder, `${name}-home`));
  const { folder: home } = createHome(join(folder, `${name}-home`, 'sallyport'));
  const run = async (argv: readonly string[], text = '') => {
    const captured = await runCaptured(argv, {
      env: { SALLYPORT_HOME: home, SALLYPORT_KEYRING: 'off' },
      userHome: home,
      cwd: folder,
      openBrowser: real.browserOf('owner'),
      stdin: {
        async *[Symbol.asyncIterator]() {
          yield text;
        },
      },
    });
    expect(captured.exitCode, captured.stderr).toBe(0);
    return captured;
  };
  await run(['login', real.url, '--ca-file', real.caFile]);
  return { real, run };
}

let from: Awaited<ReturnType<typeof anInstallation>>;
let to: Awaited<ReturnType<typeof anInstallation>>;
beforeAll(async () => {
  from = await anInstallation('from');
  to = await anInstallation('to');
}, 60_000);
afterAll(async () => {
  for (const { real } of [from, to]) await real.close();
});

it('makes an empty installation equal to the one that was exported', async () => {
  await from.run(['apply', '-f', '-'], DOCUMENTS);
  const exported = (await from.run(['export'])).stdout;
  for (const name of ['shop', 'prod', 'reader', 'robot', 'oncall', 'calm', 'readers'])
    expect(exported).toContain(`name: ${name}\n`);
  // Bindings of the configuration have names of their own in each installation.
  const own = documentsOf((await to.run(['export', 'bindings'])).stdout).map(({ metadata: { name } }) => name);
  await to.run(['apply', '-f', '-'], exported);
  const copied = documentsOf((await to.run(['export'])).stdout);
  const theirs = copied.filter(({ metadata: { name } }) => !own.includes(name));
  expect(theirs).toEqual(documentsOf(exported));
  expect((await to.run(['apply', '-f', '-'], exported)).stderr).toMatch(/^Applied: \d+ unchanged\.\n$/);
}, 60_000);
