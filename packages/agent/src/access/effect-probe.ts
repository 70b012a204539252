import { type Clock, sleep } from '@sallyport/core';
import { AgentError } from '../errors.ts';
import type { KubeUpstream, UpstreamIdentity } from '../upstream/contract.ts';
import type { BindingObject, BindingSubject } from './access-objects.ts';
import { placeOf } from './plan-access.ts';
import { type RoleRule, tellingAction } from './telling-action.ts';

/** Finds out whether what was written is in force. */
export interface EffectProbe {
  /**
   * Resolves once the last subject of a binding may do what the ClusterRole allows: kube-apiserver follows what was written a
   * moment later, and until then it would refuse a request that has every right.
   * @throws AgentError `ERR_AGENT_ACCESS` when it takes too long, or the ClusterRole is not there
   */
  untilInForce(binding: BindingObject): Promise<void>;
}

/** Options of {@link createEffectProbe}. */
export interface EffectProbeOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  /** ClusterRoles that are bound. */
  readonly clusterRoles: readonly string[];
  /** Rules of ClusterRoles that the agent made itself; absent: it makes none. */
  readonly madeRules?: (name: string) => readonly RoleRule[] | undefined;
  /** How a subject asks for itself. */
  readonly identityOf: (subject: BindingSubject) => Promise<UpstreamIdentity>;
  readonly clock: Clock;
  /** Longest wait. Default 5,000. */
  readonly timeoutMs?: number;
}

/** Time from one question to the next. */
const PAUSE_MS = 25;
/** ClusterRoles change with what is installed in the cluster. */
const RULES_LIFE_MS = 60_000;

/** Makes a probe that asks kube-apiserver in the name of whoever was bound (SelfSubjectAccessReview, which everybody may ask). */
export function createEffectProbe(options: EffectProbeOptions): EffectProbe {
  const { upstream, clusterRoles, madeRules, identityOf, clock, timeoutMs = 5_000 } = options;
  let known: { readonly rules: ReadonlyMap<string, readonly RoleRule[]>; readonly readAt: number } | undefined;

  async function readRules(): Promise<ReadonlyMap<string, readonly RoleRule[]>> {
    if (known !== undefined && clock.monotonicMs() - known.readAt < RULES_LIFE_MS) return known.rules;
    const rules = new Map<string, readonly RoleRule[]>();
    for (const name of clusterRoles) {
      const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
      const { status, body } = await upstream.sendAsAgent({ method: 'GET', path });
      if (status === 200) rules.set(name, (body as { readonly rules?: readonly RoleRule[] } | undefined)?.rules ?? []);
      else if (status !== 404) throw failed(`to get the ClusterRole ${name} was answered with status ${status}`);
    }
    known = { rules, readAt: clock.monotonicMs() };
    return rules;
  }

  return {
    async untilInForce(binding) {
      const subject = binding.subjects?.at(-1);
      const { name } = binding.roleRef;
      const own = madeRules?.(name);
      const rules = new Map([...(await readRules()), ...(own === undefined ? [] : [[name, own] as const])]);
      if (!rules.has(name)) throw failed(`the ClusterRole ${name} is not in the cluster`);
      const action = tellingAction(name, rules);
      if (action === undefined || subject === undefined) return;
      const { namespace } = binding.metadata;
      const resourceAttributes = { ...action, ...(namespace !== undefined && { namespace }) };
      const as = await identityOf(subject);
      const deadline = clock.monotonicMs() + timeoutMs;
      for (;;) {
        const { status, body } = await upstream.sendAsAgent({
          method: 'POST',
          path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes },
          },
          as,
        });
        if (status !== 201) throw failed(`to ask what ${subject.name} may do was answered with status ${status}`);
        if ((body as { readonly status?: { readonly allowed?: unknown } }).status?.allowed === true) return;
        if (clock.monotonicMs() >= deadline) {
          throw failed(`${placeOf(binding)} has had no effect for ${timeoutMs} ms`);
        }
        await sleep(clock, PAUSE_MS);
      }
    },
  };
}

function failed(message: string): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_ACCESS',
    message,
    nextStep: 'Look at the RBAC objects of the cluster, and apply its install manifest again.',
  });
}
