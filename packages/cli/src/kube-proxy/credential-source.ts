import { type Clock, Secret } from '@sallyport/core';
import { type CredentialRequest, forgetKubeCredential, kubeCredential } from '../kube/credential.ts';
import type { SessionContext } from '../session/session.ts';

/** Gives the credential of one cluster, always one with life left. */
export interface CredentialSource {
  /** Any number of callers at once cost one renewal. Rejects as the credential plugin would. */
  current(): Promise<Secret>;
  /** The server did not take this one: the next caller gets another. */
  refused(credential: Secret): Promise<void>;
}

/** The credential path that the plugin of kubectl uses, with its cache and its lock; asked only when the last one ends. */
export function pluginCredentials(context: SessionContext, request: CredentialRequest): CredentialSource {
  return createCredentialSource(
    () => kubeCredential(context, request),
    (token) => forgetKubeCredential(context, request, token),
    context.clock,
  );
}

/**
 * Keeps a credential until its announced end.
 * @param ask gives an `ExecCredential` as JSON
 * @param forget drops a token that was refused from wherever `ask` has it
 */
export function createCredentialSource(
  ask: () => Promise<string>,
  forget: (token: string) => Promise<void>,
  clock: Clock,
): CredentialSource {
  let held: { readonly credential: Secret; readonly endsAt: number } | undefined;
  let asking: Promise<Secret> | undefined;

  async function renew(): Promise<Secret> {
    const { status } = JSON.parse(await ask()) as { status: { token: string; expirationTimestamp: string } };
    const credential = new Secret(status.token);
    held = { credential, endsAt: Date.parse(status.expirationTimestamp) };
    return credential;
  }

  return {
    async current() {
      if (held !== undefined && held.endsAt > clock.now()) return held.credential;
      asking ??= renew().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    async refused(credential) {
      if (held?.credential === credential) held = undefined;
      await forget(credential.reveal());
    },
  };
}
