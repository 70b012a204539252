import type { Logger, UpstreamAccess, UpstreamRole, UpstreamRule } from '@sallyport/core';
import { upstreamRoleName } from '@sallyport/core/upstream-access';
import { AgentError } from '../errors.ts';
import type { KubeUpstream, OwnResponse } from '../upstream/contract.ts';
import {
  type AccessOwner,
  accessBindingName,
  accessLabels,
  type BindingObject,
  isGeneratedName,
  isKept,
} from './access-objects.ts';
import { intersectRules } from './intersect-rules.ts';
import type { RoleRule } from './telling-action.ts';

/** The ClusterRoles that an agent generates. */
export interface AccessRoles {
  /**
   * Makes or mends those that bindings refer to. Whoever could not be made is not in `ready`, and nobody may be bound to it; `failure`
   * says why of the first.
   */
  provide(access: UpstreamAccess, bindings: readonly BindingObject[]): Promise<ProvidedRoles>;
  /** Rules of one that was made, by the name of its object. */
  rulesOf(name: string): readonly UpstreamRule[] | undefined;
  /** Removes those that no binding refers to. @throws AgentError `ERR_AGENT_ACCESS` */
  sweep(bindings: readonly BindingObject[]): Promise<void>;
}

/** What came of {@link AccessRoles.provide}. */
export interface ProvidedRoles {
  /** Names of objects. */
  readonly ready: ReadonlySet<string>;
  readonly failure?: Error;
}

/** Options of {@link createAccessRoles}. */
export interface AccessRolesOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  readonly owner: Pick<AccessOwner, 'name' | 'clusterId'>;
  readonly logger: Logger;
}

interface RoleObject {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly rules?: readonly RoleRule[] | null;
  readonly aggregationRule?: unknown;
}

/** How often a ClusterRole is looked at again because another replica was writing it, too. */
const MAX_ATTEMPTS = 5;
const ROOT = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

/**
 * Makes a keeper of generated ClusterRoles. What it writes is what the rules leave of the ceilings as they are in the cluster at that
 * moment, so that no rule gives anybody more than the ceiling would.
 */
export function createAccessRoles({ upstream, owner, logger }: AccessRolesOptions): AccessRoles {
  const made = new Map<string, readonly UpstreamRule[]>();

  async function read(name: string): Promise<RoleObject | undefined> {
    const answer = await upstream.sendAsAgent({ method: 'GET', path: `${ROOT}/${name}` });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(`get the ClusterRole ${name}`, answer);
    return answer.body as RoleObject;
  }

  async function bringAbout(name: string, rules: readonly UpstreamRule[]): Promise<void> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) if (await tryWriting(name, rules)) return;
    throw failed(`others were writing ClusterRole ${name} ${MAX_ATTEMPTS} times`);
  }

  /** Whether it is as it should be; not, when somebody else was writing it at the same time. */
  async function tryWriting(name: string, rules: readonly UpstreamRule[]): Promise<boolean> {
    const found = await read(name);
    if (found !== undefined && !isKept(found, owner.name)) {
      throw failed(`ClusterRole ${name} is in the way: it has the name and not the labels of what the agent keeps`);
    }
    const isSame =
      found !== undefined && JSON.stringify(found.rules ?? []) === JSON.stringify(rules) && !found.aggregationRule;
    if (isSame) return true;
    const metadata = { name, labels: accessLabels(owner) };
    const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules };
    const answer =
      found === undefined
        ? await upstream.sendAsAgent({ method: 'POST', path: ROOT, body })
        : await upstream.sendAsAgent({
            method: 'PUT',
            path: `${ROOT}/${name}`,
            body: { ...body, metadata: { ...metadata, resourceVersion: found.metadata.resourceVersion } },
          });
    if (answer.status === 409 || (found !== undefined && answer.status === 404)) return false;
    if (answer.status >= 300) throw refused(`write the ClusterRole ${name}`, answer);
    logger.info({ object: `ClusterRole ${name}` }, 'a generated ClusterRole was brought about');
    return true;
  }

  /** The rules of ceilings, each read once in a round. */
  function ceilingReader(): (name: string) => Promise<readonly RoleRule[]> {
    const known = new Map<string, Promise<readonly RoleRule[]>>();
    return (name) => {
      const reading = known.get(name) ?? read(name).then((role) => role?.rules ?? []);
      known.set(name, reading);
      return reading;
    };
  }

  return {
    async provide({ roles = [] }, bindings) {
      const needed = referredTo(bindings);
      const ready = new Set<string>();
      const failures: Error[] = [];
      const rulesOfCeiling = ceilingReader();
      const bringAboutOne = async (name: string, { ceilings, rules }: UpstreamRole) => {
        const ceiling = (await Promise.all(ceilings.map(rulesOfCeiling))).flat();
        const narrowed = intersectRules(rules, ceiling);
        await bringAbout(name, narrowed);
        made.set(name, narrowed);
        ready.add(name);
      };
      for (const role of roles) {
        const name = accessBindingName(owner.name, upstreamRoleName(role));
        if (!needed.has(name)) continue;
        // One that fails is no reason to leave the others as they are.
        await bringAboutOne(name, role).catch((error: Error) => void failures.push(error));
      }
      return { ready, ...(failures[0] !== undefined && { failure: failures[0] }) };
    },
    rulesOf: (name) => made.get(name),
    async sweep(bindings) {
      const needed = referredTo(bindings);
      const selector = encodeURIComponent(`app.kubernetes.io/instance=${owner.name},sallyport.dev/access=kept`);
      const answer = await upstream.sendAsAgent({ method: 'GET', path: `${ROOT}?labelSelector=${selector}` });
      if (answer.status !== 200) throw refused('list generated ClusterRoles', answer);
      const { items = [] } = answer.body as { readonly items?: readonly RoleObject[] };
      for (const found of items) {
        const { name, uid, resourceVersion } = found.metadata;
        if (!isGeneratedName(owner.name, name) || !isKept(found, owner.name) || needed.has(name)) continue;
        made.delete(name);
        const body = { preconditions: { uid, resourceVersion } };
        const { status, ...rest } = await upstream.sendAsAgent({ method: 'DELETE', path: `${ROOT}/${name}`, body });
        if (status >= 300 && status !== 404 && status !== 409) {
          throw refused(`delete the ClusterRole ${name}`, { status, ...rest });
        }
        logger.info({ object: `ClusterRole ${name}` }, 'a generated ClusterRole was removed');
      }
    },
  };
}

function referredTo(bindings: readonly BindingObject[]): ReadonlySet<string> {
  return new Set(bindings.map(({ roleRef }) => roleRef.name));
}

function failed(message: string): AgentError {
  return new AgentError({ code: 'ERR_AGENT_ACCESS', message });
}

function refused(what: string, { status, body }: OwnResponse): AgentError {
  const said = (body as { readonly message?: unknown } | undefined)?.message;
  return failed(
    `to ${what} was answered with status ${status}${typeof said === 'string' ? `: ${said.slice(0, 200)}` : ''}`,
  );
}
