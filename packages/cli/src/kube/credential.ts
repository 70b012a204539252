import { Secret } from '@sallyport/core';
import { EXEC_API_VERSION, formatCredentialCache, formatExecCredential } from '@sallyport/core/kubeconfig';
import type { SessionContext } from '../session/session.ts';
import { readTextFile, removeFile, writePrivateFile } from '../state/atomic-file.ts';
import { withLock } from '../state/lock.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { readSelectedProfile } from '../state/profiles-file.ts';
import { credentialFiles } from './credential-files.ts';
import { withRememberedFailure } from './remembered-failure.ts';

/** Which credential is asked for. */
export interface CredentialRequest extends ProfileSelection {
  readonly cluster: string;
}

/**
 * Gives the `ExecCredential` of a cluster as one line of JSON: the cached one while it has life left, else a new one. Of
 * any number of processes that ask at once, one renews and the others take what it cached. Never asks the person anything.
 */
export async function kubeCredential(context: SessionContext, request: CredentialRequest): Promise<string> {
  const { clock } = context;
  const { home, profile } = await readSelectedProfile(context, request);
  const files = credentialFiles(home, profile, request.cluster);
  const cached = async () => living(await readTextFile(files.cache), clock.now());

  const credential =
    (await cached()) ??
    (await withLock(files.lock, { clock }, async () => {
      const renewed = await cached();
      if (renewed !== undefined) return renewed;
      return withRememberedFailure(files.failure, clock, async () => {
        // Not before it is needed: whoever waited for another process has its answer without loading HTTP and schemas.
        const { withSession } = await import('../session/session.ts');
        const { token, expiresAt } = await withSession(context, { profile: profile.name }, ({ api }) =>
          api.mintKubeCredential({ organization: profile.organization, name: request.cluster }),
        );
        const minted = { token: new Secret(token), expiresAt };
        await writePrivateFile(files.cache, formatCredentialCache(minted));
        return formatExecCredential(minted);
      });
    }));
  return inVersion(credential, askedVersion(context.env['KUBERNETES_EXEC_INFO']));
}

/** Drops a credential that the server did not take from the cache, unless another one has taken its place by now. */
export async function forgetKubeCredential(
  context: SessionContext,
  request: CredentialRequest,
  token: string,
): Promise<void> {
  const { home, profile } = await readSelectedProfile(context, request);
  const files = credentialFiles(home, profile, request.cluster);
  await withLock(files.lock, { clock: context.clock }, async () => {
    const [, credential = ''] = (await readTextFile(files.cache))?.split('\n') ?? [];
    if (credential.includes(JSON.stringify(token))) await removeFile(files.cache);
  });
}

/** The credential of a cache file while its announced end lies ahead; the same reading as the shim's. */
function living(text: string | undefined, nowMs: number): string | undefined {
  const [ends = '', credential] = text?.split('\n') ?? [];
  if (!/^\d+$/.test(ends) || Number(ends) * 1_000 <= nowMs) return undefined;
  return credential || undefined;
}

/** The version that kubectl was configured with; it takes an answer in no other. */
function askedVersion(execInfo: string | undefined): string {
  try {
    const { apiVersion } = JSON.parse(execInfo ?? 'null') as { apiVersion?: unknown };
    if (apiVersion === 'client.authentication.k8s.io/v1') return apiVersion;
  } catch {
    // Not called by kubectl, or by one that tells nothing.
  }
  return EXEC_API_VERSION;
}

function inVersion(credential: string, apiVersion: string): string {
  if (apiVersion === EXEC_API_VERSION) return credential;
  return JSON.stringify({ ...(JSON.parse(credential) as object), apiVersion });
}
