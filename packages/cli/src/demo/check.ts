import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseStatus, sleep } from '@sallyport/core';
import type { AuditEventResource } from '@sallyport/core/api';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { cacheFolder, shimPath } from '../kube/credential-files.ts';
import { describeError } from '../output/error.ts';
import { createServerFetch, type ServerFetch } from '../session/server-fetch.ts';
import { withSession } from '../session/session.ts';
import { createHome } from '../state/home.ts';
import type { Demo } from './demo.ts';
import { contextOfPerson } from './demo-login.ts';
import { type DemoRole, emailOf } from './demo-people.ts';
import { execInPod } from './exec-true.ts';

/** What one check found. */
export interface DemoCheck {
  readonly name: string;
  readonly isPassed: boolean;
  readonly detail: string;
}

/** What {@link checkDemo} needs. */
export interface DemoCheckOptions {
  readonly demo: Demo;
  readonly signal: AbortSignal;
  /** Called with each check as it ends. */
  readonly onCheck: (check: DemoCheck) => void;
}

interface Probe {
  readonly context: CliContext;
  readonly demo: Demo;
  readonly fetch: ServerFetch;
  readonly kubeUrl: string;
  readonly signal: AbortSignal;
}

const PODS = '/api/v1/pods';
const SECRETS = '/api/v1/secrets';
const AUDIT_WAIT_MS = 10_000;

/**
 * Goes through a demo end to end as its people would: sessions, credentials by the shim, requests through the tunnel,
 * exec, a denial, and the audit events of all that.
 * @throws CliError `ERR_DEMO_CHECK_FAILED` at the end, when anything did not pass
 */
export async function checkDemo(context: CliContext, options: DemoCheckOptions): Promise<void> {
  const { demo, signal, onCheck } = options;
  const fetch = createServerFetch({ origin: demo.url, caPem: demo.server.caPem });
  const failures: string[] = [];
  const check = async (name: string, work: () => Promise<string>) => {
    const result = await work().then(
      (detail) => ({ isPassed: true, detail }),
      (error: unknown) => ({ isPassed: false, detail: describeError(error).sentence }),
    );
    if (!result.isPassed) failures.push(name);
    onCheck({ name, ...result });
  };
  try {
    let kubeUrl = '';
    await check('admin finds the cluster connected', async () => {
      kubeUrl = await connectedClusterUrl(context, demo);
      return kubeUrl;
    });
    const probe: Probe = { context, demo, fetch, kubeUrl, signal };
    if (kubeUrl !== '') await checkAccess(probe, check);
  } finally {
    await fetch.close();
  }
  if (failures.length === 0) return;
  throw new CliError({
    code: 'ERR_DEMO_CHECK_FAILED',
    message: `the demo does not do what it should: ${failures.join('; ')}`,
    nextStep: 'Look at the checks that failed; --json prints the logs of all parts.',
  });
}

async function checkAccess(
  probe: Probe,
  check: (name: string, work: () => Promise<string>) => Promise<void>,
): Promise<void> {
  for (const role of ['admin', 'developer', 'viewer'] as const) {
    await check(`${role} is logged in`, () => whoAmI(probe, role));
    await check(`${role} gets a credential from the shim`, async () => lengthOf(await credentialOf(probe, role)));
    await check(`${role} lists pods through the tunnel`, () => expectStatus(probe, role, PODS, 200));
  }
  await check('developer runs true in a pod', () => runTrue(probe));
  for (const [role, path] of [
    ['viewer', SECRETS],
    ['approver', PODS],
    ['auditor', PODS],
  ] as const) {
    await check(`${role} may not list ${path.split('/').at(-1)}`, () => expectStatus(probe, role, path, 403));
  }
  await check('auditor finds it all in the audit log', () => expectAudit(probe));
}

async function connectedClusterUrl(context: CliContext, demo: Demo): Promise<string> {
  const admin = contextOfPerson(context, demo.state, 'admin');
  const { status } = await withSession(admin, {}, ({ api }) =>
    api.getCluster({ organization: demo.organization, name: demo.cluster }),
  );
  const { health, kubeUrl } = status;
  if (health.status !== 'connected') throw new Error(`the cluster is ${health.status}`);
  return kubeUrl;
}

async function whoAmI({ context, demo }: Probe, role: DemoRole): Promise<string> {
  const person = contextOfPerson(context, demo.state, role);
  const { principal } = await withSession(person, {}, ({ api }) => api.whoAmI());
  if (principal.userName !== emailOf(role)) throw new Error(`the server knows ${role} as ${principal.userName}`);
  return principal.userName;
}

/** Runs the very program that kubectl would run. */
async function credentialOf({ context, demo, signal }: Probe, role: DemoRole): Promise<string> {
  const home = createHome(demo.state.homeOf(role));
  const account = { url: demo.url, organization: demo.organization, userName: emailOf(role) };
  const shim = shimPath(home, account, context.platform);
  const { stdout } = await promisify(execFile)(shim, ['--cluster', demo.cluster], {
    cwd: cacheFolder(home, account),
    env: { PATH: context.env['PATH'] ?? '' },
    signal,
  });
  const { kind, status } = JSON.parse(stdout) as { kind?: string; status?: { token?: string } };
  if (kind !== 'ExecCredential' || typeof status?.token !== 'string') throw new Error('the shim printed no credential');
  return status.token;
}

function lengthOf(token: string): string {
  return `${token.length} characters`;
}

async function get(probe: Probe, role: DemoRole, path: string): Promise<{ status: number; body: unknown }> {
  const token = await credentialOf(probe, role);
  const response = await probe.fetch(`${probe.kubeUrl}${path}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: probe.signal,
  });
  return { status: response.status, body: await response.json() };
}

async function expectStatus(probe: Probe, role: DemoRole, path: string, want: 200 | 403): Promise<string> {
  const { status, body } = await get(probe, role, path);
  const message = parseStatus(body)?.message;
  if (status !== want) throw new Error(`GET ${path} answered ${status} instead of ${want}: ${message ?? 'no message'}`);
  if (want === 403 && !message) throw new Error(`GET ${path} was refused without a sentence`);
  return message ?? `${(body as { items?: unknown[] }).items?.length ?? 0} pods`;
}

async function runTrue(probe: Probe): Promise<string> {
  const { body } = await get(probe, 'developer', '/api/v1/pods?fieldSelector=status.phase%3DRunning&limit=1');
  const [pod] = (body as { items?: { metadata: { namespace: string; name: string } }[] }).items ?? [];
  if (pod === undefined) return 'skipped: no pod runs in this cluster';
  const { namespace, name } = pod.metadata;
  const result = await execInPod({
    kubeUrl: probe.kubeUrl,
    caPem: probe.demo.server.caPem,
    token: await credentialOf(probe, 'developer'),
    namespace,
    pod: name,
    command: ['true'],
    signal: AbortSignal.any([probe.signal, AbortSignal.timeout(30_000)]),
  });
  if (result.status !== 'Success') throw new Error(`exec in ${namespace}/${name} ended with ${result.message}`);
  return `${namespace}/${name}`;
}

/** Reads are audited promptly, not before their answer: the log is looked at until they are there. */
async function expectAudit({ context, demo, signal }: Probe): Promise<string> {
  const auditor = contextOfPerson(context, demo.state, 'auditor');
  const wanted: readonly [string, (event: AuditEventResource) => boolean][] = [
    ['the list of admin', (it) => it.code === 'proxy.request.completed' && isOf(it, 'admin')],
    ['the list of developer', (it) => it.code === 'proxy.request.completed' && isOf(it, 'developer')],
    ['the denial of viewer', (it) => isDenial(it) && isOf(it, 'viewer')],
    ['the denial of approver', (it) => isDenial(it) && isOf(it, 'approver')],
  ];
  const deadline = context.clock.monotonicMs() + AUDIT_WAIT_MS;
  return withSession(auditor, {}, async ({ api }) => {
    for (;;) {
      const { items } = await api.listAuditEvents({ organization: demo.organization, limit: 200 });
      const missing = wanted.filter(([, matches]) => !items.some(matches)).map(([name]) => name);
      if (missing.length === 0) return `${items.length} events`;
      if (context.clock.monotonicMs() > deadline) throw new Error(`not in the audit log: ${missing.join(', ')}`);
      await sleep(context.clock, 200, signal);
    }
  });
}

function isOf(event: AuditEventResource, role: DemoRole): boolean {
  return event.principal?.userName === emailOf(role);
}

function isDenial(event: AuditEventResource): boolean {
  return event.code === 'proxy.request.denied' || event.decision?.effect === 'deny' || event.outcome?.status === 403;
}
