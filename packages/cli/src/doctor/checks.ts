import { execFile } from 'node:child_process';
import { access, constants, lstat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { formatDuration } from '@sallyport/core';
import { fetchDiscovery } from '@sallyport/core/api';
import type { CliContext } from '../context.ts';
import { shimPath } from '../kube/credential-files.ts';
import { findContexts, kubeconfigPaths } from '../kube/kubeconfig-files.ts';
import { describeError } from '../output/error.ts';
import { createServerFetch, type ServerFetch } from '../session/server-fetch.ts';
import { withSession } from '../session/session.ts';
import { resolveHome } from '../state/home.ts';
import type { Profile, ProfileSelection } from '../state/profiles.ts';
import { readSelectedProfile } from '../state/profiles-file.ts';
import type { CheckResult } from './check-result.ts';

type Found = Pick<CheckResult, 'result' | 'detail' | 'nextStep'>;

// Tokens are refused outside this: servers allow a minute at the most, kubectl's plug-in timing half of that.
const MAX_SKEW_MS = 30_000;
const OLDEST_KUBECTL_MINOR = 20;

/** Runs every check in the order in which they depend on one another. Never rejects. */
export async function runChecks(context: CliContext, selection: ProfileSelection): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const check = async (name: string, work: () => Promise<Found>) => {
    const found = await work().catch(failed);
    results.push({ name, ...found });
    return found.result === 'ok';
  };

  await check('state folder', () => checkStateFolder(context));
  let profile: Profile | undefined;
  const hasProfile = await check('profile', async () => {
    ({ profile } = await readSelectedProfile(context, selection));
    return { result: 'ok', detail: `${profile.userName} at ${profile.url}` };
  });
  const isReached = await check('server', () => orSkip(hasProfile && profile, (it) => checkServer(it)));
  await check('clock', () => orSkip(isReached && profile, (it) => checkClock(it, context)));
  await check('login session', () => orSkip(isReached && profile, (it) => checkSession(it, context)));
  await check('kubectl', () => checkKubectl(context));
  await check('kubeconfig', () => checkKubeconfig(context));
  return results;
}

function failed(error: unknown): Found {
  const { sentence, nextStep } = describeError(error);
  return { result: 'failed', detail: sentence, ...(nextStep !== undefined && { nextStep }) };
}

async function orSkip(
  profile: Profile | false | undefined,
  work: (profile: Profile) => Promise<Found>,
): Promise<Found> {
  return profile ? work(profile) : { result: 'skipped', detail: 'needs what failed above' };
}

async function checkStateFolder(context: CliContext): Promise<Found> {
  const { folder } = resolveHome(context);
  const stat = await lstat(folder).catch(() => undefined);
  if (stat === undefined) return { result: 'ok', detail: `${folder} is made at the first login` };
  if (!stat.isDirectory()) {
    return { result: 'failed', detail: `${folder} is no folder`, nextStep: 'Point SALLYPORT_HOME to a folder.' };
  }
  const others = stat.mode & 0o077;
  if (context.platform !== 'win32' && others !== 0) {
    return {
      result: 'failed',
      detail: `${folder} has mode ${(stat.mode & 0o777).toString(8)}, others may enter it`,
      nextStep: `Run "chmod 700 ${folder}".`,
    };
  }
  return { result: 'ok', detail: folder };
}

async function withFetch<Result>(profile: Profile, work: (fetch: ServerFetch) => Promise<Result>): Promise<Result> {
  const fetch = createServerFetch({
    origin: profile.url,
    ...(profile.caPem !== undefined && { caPem: profile.caPem }),
  });
  try {
    return await work(fetch);
  } finally {
    await fetch.close();
  }
}

async function checkServer(profile: Profile): Promise<Found> {
  const discovery = await withFetch(profile, (fetch) => fetchDiscovery({ baseUrl: profile.url, fetch: fetch }));
  const trust = profile.caPem === undefined ? 'the system’s authorities' : 'its own authority';
  return { result: 'ok', detail: `version ${discovery.version}, certificate trusted by ${trust}` };
}

async function checkClock(profile: Profile, context: CliContext): Promise<Found> {
  const date = await withFetch(profile, async (fetch) => {
    const response = await fetch(`${profile.url}/.well-known/sallyport`);
    await response.body?.cancel();
    return response.headers.get('date');
  });
  if (date === null) return { result: 'skipped', detail: 'the server does not tell its time' };
  // The header counts whole seconds.
  const skewMs = Math.max(0, Math.abs(context.clock.now() - Date.parse(date)) - 1_000);
  if (skewMs <= MAX_SKEW_MS) return { result: 'ok', detail: `within ${formatDuration(MAX_SKEW_MS)} of the server's` };
  return {
    result: 'failed',
    detail: `differs from the server's by ${formatDuration(skewMs)}, limit is ${formatDuration(MAX_SKEW_MS)}`,
    nextStep: 'Have this machine set its clock by NTP.',
  };
}

async function checkSession(profile: Profile, context: CliContext): Promise<Found> {
  const me = await withSession(context, { profile: profile.name }, ({ api }) => api.whoAmI());
  return { result: 'ok', detail: `ends at ${me.loginSession.expiresAt.toISOString()}` };
}

async function checkKubectl(context: CliContext): Promise<Found> {
  const nextStep = `Install kubectl 1.${OLDEST_KUBECTL_MINOR} or newer and put it on the PATH.`;
  let text: string;
  try {
    const options = { env: context.env as NodeJS.ProcessEnv, timeout: 10_000 };
    text = (await promisify(execFile)('kubectl', ['version', '--client', '-o', 'json'], options)).stdout;
  } catch {
    return { result: 'failed', detail: 'kubectl does not run', nextStep };
  }
  const { clientVersion } = JSON.parse(text) as { clientVersion?: { gitVersion?: string; minor?: string } };
  const minor = Number.parseInt(clientVersion?.minor ?? '', 10);
  if (minor >= OLDEST_KUBECTL_MINOR) return { result: 'ok', detail: String(clientVersion?.gitVersion) };
  return { result: 'failed', detail: `kubectl ${clientVersion?.gitVersion} is too old`, nextStep };
}

/** Every context of ours must find its shim: it goes with a logout, a moved state folder or a copied kubeconfig. */
async function checkKubeconfig(context: CliContext): Promise<Found> {
  const contexts = await findContexts(kubeconfigPaths(context, undefined));
  if (contexts.length === 0) {
    return { result: 'ok', detail: 'holds no context of ours; "sallyport kube login" writes them' };
  }
  for (const { name, owner } of contexts) {
    const account = { url: owner.server, organization: owner.organization, userName: owner.account ?? '' };
    const shim = shimPath(resolveHome(context), account, context.platform);
    const isExecutable = await access(shim, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) continue;
    return {
      result: 'failed',
      detail: `the context ${name} has no credential shim at ${shim}`,
      nextStep: 'Run "sallyport kube login" again, or "sallyport kube logout" to take the context out.',
    };
  }
  return { result: 'ok', detail: `${contexts.length} contexts of ours, each with its shim` };
}
