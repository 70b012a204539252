import type { Logger } from '@sallyport/core';
import { AgentError } from './errors.ts';
import type { UninstallPlan } from './manifest-uninstall.ts';
import type { KubeUpstream, OwnRequest } from './upstream/contract.ts';

/** Options of {@link uninstall}. */
export interface UninstallAgentOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  readonly plan: UninstallPlan;
  readonly logger: Logger;
}

/** What came of {@link uninstall}. */
export interface UninstallOutcome {
  /** Whether the namespace goes too. Not: the manifest did not make it, or something else is in it. */
  readonly removesNamespace: boolean;
}

/**
 * How much older than the installation its namespace may be to be taken for a part of it, in milliseconds. A namespace that was
 * there before keeps its age when the manifest is applied over it.
 */
const SAME_APPLY_MS = 60_000;
/** What Kubernetes itself puts into every namespace. */
const KUBERNETES_OWN: readonly string[] = ['configmaps/kube-root-ca.crt', 'serviceaccounts/default'];

/** An object as far as it is looked at. */
interface KubeObject {
  readonly metadata?: {
    readonly name?: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/**
 * Takes everything that the install manifest made out of the cluster. Rights of people go first, the agent's own right last: it
 * can't delete what lets it delete, so the rest of it is made to belong to one last object and goes with that. May be begun again
 * at any point, and by several replicas at once: what is gone is done.
 * @throws AgentError `ERR_AGENT_UNINSTALL` with the first request that was refused; what came before it is gone
 */
export async function uninstall({ upstream, plan, logger }: UninstallAgentOptions): Promise<UninstallOutcome> {
  const { rights } = plan;
  for (const path of plan.clusterPaths) await remove(path);

  const namespace = await read(plan.namespacePath);
  const removesNamespace = namespace !== undefined && (await belongsToInstallation(namespace));
  if (removesNamespace) {
    for (const path of [rights.clusterRoleBindingPath, rights.clusterRolePath]) {
      await giveTo(path, { apiVersion: 'v1', kind: 'Namespace' }, namespace);
    }
    await remove(plan.namespacePath);
  } else {
    const clusterRole = await read(rights.clusterRolePath);
    for (const path of [rights.clusterRoleBindingPath, ...rights.namespacedPaths]) {
      await giveTo(path, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }, clusterRole);
    }
    for (const path of plan.namespacedPaths) await remove(path);
    await remove(rights.clusterRolePath);
  }
  logger.info({ removesNamespace }, 'what was installed for the agent is removed');
  return { removesNamespace };

  async function belongsToInstallation(found: KubeObject): Promise<boolean> {
    const identity = await read(plan.identityPath);
    const age = (object: KubeObject | undefined) => Date.parse(object?.metadata?.creationTimestamp ?? '');
    // Written so that an age that can't be read keeps the namespace.
    if (!isOurs(found) || !(age(identity) - age(found) <= SAME_APPLY_MS)) return false;
    for (const path of plan.listPaths) {
      const items = await list(path);
      const foreign = items.find((item) => !isOurs(item) && !isKubernetesOwn(path, item));
      if (foreign === undefined) continue;
      logger.info({ path, name: foreign.metadata?.name }, 'the namespace stays, because something else is in it');
      return false;
    }
    return true;
  }

  function isOurs({ metadata }: KubeObject): boolean {
    return Object.entries(plan.labels).every(([label, value]) => metadata?.labels?.[label] === value);
  }

  async function list(path: string): Promise<readonly KubeObject[]> {
    const { status, body } = await upstream.sendAsAgent({ method: 'GET', path });
    // A kind that this Kubernetes does not have.
    if (status === 404) return [];
    if (status !== 200) throw refused('GET', path, status, body);
    return (body as { readonly items?: readonly KubeObject[] } | undefined)?.items ?? [];
  }

  async function read(path: string): Promise<KubeObject | undefined> {
    const { status, body } = await upstream.sendAsAgent({ method: 'GET', path });
    if (status === 404) return undefined;
    if (status !== 200) throw refused('GET', path, status, body);
    return body as KubeObject;
  }

  /** Makes an object go when `owner` does. */
  async function giveTo(
    path: string,
    type: { readonly apiVersion: string; readonly kind: string },
    owner: KubeObject | undefined,
  ): Promise<void> {
    if (owner === undefined) return;
    const { name, uid } = owner.metadata ?? {};
    const body = { metadata: { ownerReferences: [{ ...type, name, uid }] } };
    await send({ method: 'PATCH', path, body });
  }

  function remove(path: string): Promise<void> {
    return send({ method: 'DELETE', path, body: { propagationPolicy: 'Background' } });
  }

  async function send(request: OwnRequest): Promise<void> {
    const { status, body } = await upstream.sendAsAgent(request);
    // 409: it is on its way out already.
    if ((status >= 200 && status < 300) || status === 404 || status === 409) return;
    throw refused(request.method, request.path, status, body);
  }
}

function isKubernetesOwn(listPath: string, { metadata }: KubeObject): boolean {
  return KUBERNETES_OWN.includes(`${listPath.slice(listPath.lastIndexOf('/') + 1)}/${metadata?.name}`);
}

function refused(method: string, path: string, status: number, body: unknown): AgentError {
  const said = (body as { message?: unknown } | undefined)?.message;
  return new AgentError({
    code: 'ERR_AGENT_UNINSTALL',
    message: `${method} ${path} was answered with status ${status}${typeof said === 'string' ? `, ${said.slice(0, 200)}` : ''}`,
    nextStep:
      'Delete by hand what has the label sallyport.dev/cluster of this cluster; `kubectl delete` lines are in docs/clusters.md.',
  });
}
