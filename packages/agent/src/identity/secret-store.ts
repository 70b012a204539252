import { AgentError } from '../errors.ts';
import type { KubeUpstream, OwnResponse } from '../upstream/contract.ts';
import { type AgentIdentity, formatIdentity, type IdentityStore, parseIdentity } from './identity.ts';

/** Options of {@link createSecretIdentityStore}. */
export interface SecretIdentityStoreOptions {
  readonly upstream: KubeUpstream;
  readonly namespace: string;
  /** Name of the Secret, which the install manifest creates empty: the agent may not create any. */
  readonly name: string;
}

const MAX_ATTEMPTS = 5;

/**
 * Keeps the identity in a Kubernetes Secret that all replicas of the agent share. Writes carry the resourceVersion that
 * was read, so of two replicas that renew at once one wins, and the other adopts what the first stored.
 */
export function createSecretIdentityStore(options: SecretIdentityStoreOptions): IdentityStore {
  const path = `/api/v1/namespaces/${options.namespace}/secrets/${options.name}`;

  async function read(): Promise<{ identity: AgentIdentity | undefined; resourceVersion: string }> {
    const answer = await options.upstream.sendAsAgent({ method: 'GET', path });
    if (answer.status !== 200) throw storeError('read', answer);
    const secret = answer.body as
      | { data?: Record<string, string>; metadata?: { resourceVersion?: string } }
      | undefined;
    const record = Object.fromEntries(
      Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
    return { identity: parseIdentity(record), resourceVersion: secret?.metadata?.resourceVersion ?? '' };
  }

  return {
    load: async () => (await read()).identity,
    async save(identity) {
      const data = Object.fromEntries(
        Object.entries(formatIdentity(identity)).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      );
      for (let attempt = 1; ; attempt++) {
        const stored = await read();
        // Of two certificates for one cluster, the one issued later stands: its issue may have replaced the other.
        if (stored.identity && stored.identity.notBefore > identity.notBefore) return stored.identity;
        const answer = await options.upstream.sendAsAgent({
          method: 'PATCH',
          path,
          body: { metadata: { resourceVersion: stored.resourceVersion }, data },
        });
        if (answer.status === 200) return identity;
        if (answer.status !== 409 || attempt === MAX_ATTEMPTS) throw storeError('written', answer);
      }
    },
  };

  function storeError(what: 'read' | 'written', answer: OwnResponse): AgentError {
    const said = (answer.body as { message?: unknown } | undefined)?.message;
    return new AgentError({
      code: 'ERR_AGENT_IDENTITY_STORE',
      message:
        `secret ${options.namespace}/${options.name} can't be ${what}: status ${answer.status}` +
        (typeof said === 'string' ? `, ${said.slice(0, 200)}` : ''),
      nextStep: 'Apply the install manifest, which creates the secret and the right to use it.',
    });
  }
}
