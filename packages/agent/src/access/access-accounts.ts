import { type Clock, type Logger, Secret } from '@sallyport/core';
import { AgentError } from '../errors.ts';
import type { KubeUpstream, OwnResponse } from '../upstream/contract.ts';
import { type AccessOwner, accessLabels, type BindingObject, isKept } from './access-objects.ts';
import { accountName } from './account-name.ts';

/** People's own ServiceAccounts, in the agent's namespace. */
export interface AccessAccounts {
  /** Makes the accounts that are missing. @throws AgentError `ERR_AGENT_ACCESS` */
  provide(users: readonly string[]): Promise<void>;
  /** Removes accounts that no binding is for; their tokens end with them. @throws AgentError `ERR_AGENT_ACCESS` */
  sweep(bindings: readonly BindingObject[]): Promise<void>;
  /**
   * A token of an account, at once when one is known that lives on for a while.
   * @throws AgentError `ERR_AGENT_ACCESS` when there is no such account
   */
  token(name: string): Secret | Promise<Secret>;
}

/** Options of {@link createAccessAccounts}. */
export interface AccessAccountsOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  readonly owner: Pick<AccessOwner, 'name' | 'clusterId'>;
  readonly namespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Life of a token, in seconds: the least that kube-apiserver gives. */
const TOKEN_LIFE_S = 600;
/** A token is used for this part of its life. */
const USED_PART = 0.8;
/** Name of whom an account is for, since the account's own name can't hold it. */
const USER_ANNOTATION = 'sallyport.dev/user';

interface Account {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** Makes a keeper of accounts. */
export function createAccessAccounts(options: AccessAccountsOptions): AccessAccounts {
  const { upstream, owner, namespace, clock, logger } = options;
  const root = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const tokens = new Map<string, { readonly token: Secret; readonly usedUntil: number }>();
  const asked = new Map<string, Promise<Secret>>();

  async function list(): Promise<readonly string[]> {
    const selector = encodeURIComponent(`app.kubernetes.io/instance=${owner.name},sallyport.dev/access=kept`);
    const answer = await upstream.sendAsAgent({ method: 'GET', path: `${root}?labelSelector=${selector}` });
    if (answer.status !== 200) throw refused('list the ServiceAccounts of people', answer);
    const { items = [] } = answer.body as { readonly items?: readonly Account[] };
    return items.filter((item) => isKept(item, owner.name)).map(({ metadata }) => metadata.name);
  }

  async function create(user: string): Promise<void> {
    const name = accountName(owner.name, user);
    const answer = await upstream.sendAsAgent({
      method: 'POST',
      path: root,
      body: {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace, labels: accessLabels(owner), annotations: { [USER_ANNOTATION]: user } },
        automountServiceAccountToken: false,
      },
    });
    // 409: another replica made it.
    if (answer.status !== 201 && answer.status !== 409) throw refused(`create the ServiceAccount ${name}`, answer);
    if (answer.status === 201) logger.info({ account: name }, 'a ServiceAccount was made');
  }

  async function request(name: string): Promise<Secret> {
    const askedAt = clock.monotonicMs();
    const answer = await upstream.sendAsAgent({
      method: 'POST',
      path: `${root}/${name}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: TOKEN_LIFE_S },
      },
    });
    const token = (answer.body as { readonly status?: { readonly token?: unknown } } | undefined)?.status?.token;
    if (answer.status !== 201 || typeof token !== 'string') throw refused(`get a token of ${name}`, answer);
    const secret = new Secret(token);
    tokens.set(name, { token: secret, usedUntil: askedAt + TOKEN_LIFE_S * 1_000 * USED_PART });
    return secret;
  }

  return {
    async provide(users) {
      if (users.length === 0) return;
      const existing = new Set(await list());
      for (const user of users) if (!existing.has(accountName(owner.name, user))) await create(user);
    },
    async sweep(bindings) {
      const bound = new Set(bindings.flatMap(({ subjects = [] }) => subjects.map(({ name }) => name)));
      for (const name of await list()) {
        if (bound.has(name)) continue;
        tokens.delete(name);
        const answer = await upstream.sendAsAgent({ method: 'DELETE', path: `${root}/${name}` });
        if (answer.status >= 300 && answer.status !== 404 && answer.status !== 409) {
          throw refused(`delete the ServiceAccount ${name}`, answer);
        }
        logger.info({ account: name }, 'a ServiceAccount was removed');
      }
    },
    token(name) {
      const known = tokens.get(name);
      if (known !== undefined && known.usedUntil > clock.monotonicMs()) return known.token;
      const waiting = asked.get(name) ?? request(name).finally(() => asked.delete(name));
      asked.set(name, waiting);
      return waiting;
    },
  };
}

function refused(what: string, { status, body }: OwnResponse): AgentError {
  const said = (body as { readonly message?: unknown } | undefined)?.message;
  return new AgentError({
    code: 'ERR_AGENT_ACCESS',
    message: `to ${what} was answered with status ${status}${typeof said === 'string' ? `: ${said.slice(0, 200)}` : ''}`,
  });
}
