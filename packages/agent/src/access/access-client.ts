import { AgentError } from '../errors.ts';
import type { KubeUpstream, OwnRequest, OwnResponse } from '../upstream/contract.ts';
import { accessBindingName, type BindingObject, isGeneratedName } from './access-objects.ts';
import { type AccessStep, placeOf } from './plan-access.ts';

/**
 * How a step ended. `conflict`: somebody else was there meanwhile, look again. `noNamespace`: there is none to put it in, or it is
 * going away.
 */
export type StepOutcome = 'done' | 'conflict' | 'noNamespace';

/** The bindings of one installation on kube-apiserver. */
export interface AccessClient {
  /**
   * Everything that has the names of our bindings to these ClusterRoles, in every namespace and cluster-wide; and what is labelled as
   * our bindings to generated ones, where those are opted into.
   */
  find(clusterRoles: readonly string[]): Promise<readonly BindingObject[]>;
  /** @throws AgentError `ERR_AGENT_ACCESS` when it is refused */
  carryOut(step: AccessStep): Promise<StepOutcome>;
}

const ROOT = '/apis/rbac.authorization.k8s.io/v1';

/**
 * Makes a client that acts as the agent itself.
 * @param generatedRules whether there may be bindings to generated ClusterRoles, whose names nobody can list. Default false
 */
export function createAccessClient(
  upstream: Pick<KubeUpstream, 'sendAsAgent'>,
  ownerName: string,
  generatedRules = false,
): AccessClient {
  async function findGenerated(kind: BindingObject['kind']): Promise<readonly BindingObject[]> {
    const selector = encodeURIComponent(`app.kubernetes.io/instance=${ownerName},sallyport.dev/access=kept`);
    const path = `${ROOT}/${kind.toLowerCase()}s?labelSelector=${selector}`;
    const answer = await upstream.sendAsAgent({ method: 'GET', path });
    if (answer.status !== 200) throw refused('list', `${kind}s to generated ClusterRoles`, answer);
    const items = (answer.body as { readonly items?: readonly BindingObject[] } | undefined)?.items ?? [];
    return items.filter(({ metadata }) => isGeneratedName(ownerName, metadata.name)).map((item) => ({ ...item, kind }));
  }

  async function findOne(clusterRole: string): Promise<readonly BindingObject[]> {
    const name = accessBindingName(ownerName, clusterRole);
    // Rights by name cover a list only when it asks for that name.
    const listPath = `${ROOT}/rolebindings?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
    const listed = await upstream.sendAsAgent({ method: 'GET', path: listPath });
    if (listed.status !== 200) throw refused('list', `RoleBindings ${name}`, listed);
    const items = (listed.body as { readonly items?: readonly BindingObject[] } | undefined)?.items ?? [];
    const whole = await upstream.sendAsAgent({ method: 'GET', path: `${ROOT}/clusterrolebindings/${name}` });
    if (whole.status !== 200 && whole.status !== 404) throw refused('get', `ClusterRoleBinding ${name}`, whole);
    const found = items.map((item) => ({ ...item, kind: 'RoleBinding' as const }));
    return whole.status === 404
      ? found
      : [...found, { ...(whole.body as BindingObject), kind: 'ClusterRoleBinding' as const }];
  }

  function requestOf(step: AccessStep): OwnRequest {
    if (step.kind === 'create') return { method: 'POST', path: collectionOf(step.object), body: step.object };
    const { resourceVersion, uid } = step.found.metadata;
    const path = `${collectionOf(step.found)}/${step.found.metadata.name}`;
    if (step.kind === 'remove') {
      // What was looked at is what goes, and nothing that was put in its place meanwhile.
      return { method: 'DELETE', path, body: { preconditions: { resourceVersion, uid } } };
    }
    const body = { ...step.object, metadata: { ...step.object.metadata, resourceVersion } };
    return { method: 'PUT', path, body };
  }

  return {
    async find(clusterRoles) {
      const kinds = generatedRules ? (['RoleBinding', 'ClusterRoleBinding'] as const) : [];
      return (await Promise.all([...clusterRoles.map(findOne), ...kinds.map(findGenerated)])).flat();
    },
    async carryOut(step) {
      const answer = await upstream.sendAsAgent(requestOf(step));
      const { status } = answer;
      if (status >= 200 && status < 300) return 'done';
      if (status === 409) return 'conflict';
      if (status === 404) return step.kind === 'remove' ? 'done' : step.kind === 'create' ? 'noNamespace' : 'conflict';
      if (step.kind === 'create' && isNamespaceEnding(answer)) return 'noNamespace';
      throw refused(step.kind, placeOf(step.kind === 'remove' ? step.found : step.object), answer);
    },
  };
}

function collectionOf({ kind, metadata }: BindingObject): string {
  return kind === 'ClusterRoleBinding'
    ? `${ROOT}/clusterrolebindings`
    : `${ROOT}/namespaces/${metadata.namespace}/rolebindings`;
}

function isNamespaceEnding({ status, body }: OwnResponse): boolean {
  const { causes } = (body as { readonly details?: { readonly causes?: unknown } } | undefined)?.details ?? {};
  if (status !== 403 || !Array.isArray(causes)) return false;
  return causes.some((cause: { readonly reason?: unknown }) => cause?.reason === 'NamespaceTerminating');
}

function refused(verb: string, what: string, { status, body }: OwnResponse): AgentError {
  const said = (body as { readonly message?: unknown } | undefined)?.message;
  return new AgentError({
    code: 'ERR_AGENT_ACCESS',
    message: `to ${verb} ${what} was answered with status ${status}${typeof said === 'string' ? `: ${said.slice(0, 200)}` : ''}`,
    nextStep: 'Apply the install manifest of the cluster again: `sallyport clusters manifest NAME`.',
  });
}
