import { Secret } from '@sallyport/core';
import { EXEC_API_VERSION, formatCredentialCache, formatExecCredential } from '@sallyport/core/kubeconfig';
import { CliError } from '../errors.ts';
import type { SessionContext } from '../session/session.ts';
import { readTextFile, removeFile, writePrivateFile } from '../state/atomic-file.ts';
import { withLock } from '../state/lock.ts';
import { type Account, accountName, type ProfileSelection } from '../state/profiles.ts';
import { readCredentialAccount } from './credential-account.ts';
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
  const { home, account, selection } = await readCredentialAccount(context, request);
  const files = credentialFiles(home, account, request.cluster);
  const cached = async () => living(await readTextFile(files.cache), clock.now());

  const credential =
    (await cached()) ??
    (await withLock(files.lock, { clock }, async () => {
      const renewed = await cached();
      if (renewed !== undefined) return renewed;
      return withRememberedFailure(files.failure, clock, async () => {
        // Not before it is needed: whoever waited for another process has its answer without loading HTTP and schemas.
        const { withSession } = await import('../session/session.ts');
        const { token, expiresAt } = await withSession(context, selection, ({ api, profile }) => {
          if (accountName(profile) !== accountName(account)) throw anotherAccount(profile, account);
          return api.mintKubeCredential({ organization: account.organization, name: request.cluster });
        });
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
  const { home, account } = await readCredentialAccount(context, request);
  const files = credentialFiles(home, account, request.cluster);
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

/** Somebody else's credential must never land in the cache of an account. */
function anotherAccount(signedIn: Account, wanted: Account): CliError {
  return new CliError({
    code: 'ERR_CLI_NOT_LOGGED_IN',
    message: `SALLYPORT_API_KEY signs in as ${accountName(signedIn)}, and the context acts as ${accountName(wanted)}`,
    nextStep: 'Unset SALLYPORT_API_KEY, or run "sallyport kube login" with it.',
  });
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
