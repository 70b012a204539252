/** What one decision costs with many bindings and access policies: CPU time of this process, since nothing else takes part. */
import {
  type AccessPolicy,
  type Binding,
  compilePolicy,
  evaluate,
  type Grant,
  type Policy,
  type Role,
  type Rule,
  withGrants,
} from '@sallyport/authz';
import { aBinding, aCluster, aGrant, aPrincipal, aResourceRequest, aRole } from '@sallyport/authz/testing';
import type { RequestAttributes } from '@sallyport/core';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';

const ID = 'decision';
const BINDINGS = 500;
const POLICIES = 500;
const GROUPS = 100;
const GRANTS = 5_000;
const DECISIONS = 50_000;

const WILD_GROUP = 'wild.example.com';
const KINDS = ['pods', 'services', 'configmaps', 'secrets', 'deployments', 'jobs', 'ingresses', 'widgets'];
const cluster = aCluster({ labels: { env: 'prod' } });
const at = new Date('2026-01-01T00:00:00Z');

/** Takes the rounds of this measure, when it is wanted. */
export async function measureDecision(run: Run): Promise<void> {
  if (!run.isWanted(ID)) return;
  const policy = aPolicy();
  // A tenth of the bindings and policies select the first of them, and every one the second.
  const tenth = aPrincipal({ groups: groupNames(GROUPS / 10) });
  const all = aPrincipal({ groups: groupNames(GROUPS) });
  const granted = withGrants(policy, someGrants(tenth), 1);
  decide(granted, tenth, REQUESTS, DECISIONS);
  for (const one of [tenth, all]) decide(policy, one, REQUESTS, DECISIONS);
  const rounds = await inRounds(
    run.roundCount,
    async () => ({
      'by a tenth': decide(policy, tenth, REQUESTS, DECISIONS),
      'by all': decide(policy, all, REQUESTS, DECISIONS),
      [`by a tenth, at ${GRANTS} grants`]: decide(granted, tenth, REQUESTS, DECISIONS),
      'by all, of ever new kinds': decide(policy, all, UNHEARD_OF, UNHEARD_OF.length),
    }),
    (error) => run.failed(ID, error),
  );
  run.goal({
    id: ID,
    title: `a decision at ${BINDINGS} bindings and ${POLICIES} policies, of which a tenth, or all, are about who asks`,
    unit: 'µs',
    goal: 'at most 10, better 3',
    rounds,
  });
}

/** Grants that run, of many people; every hundredth is of the one who asks. */
function someGrants({ id }: ReturnType<typeof aPrincipal>): readonly Grant[] {
  return Array.from({ length: GRANTS }, (_, i) =>
    aGrant({
      id: `gnt_${i}` as Grant['id'],
      principalId: i % 100 === 0 ? id : (`prn_${i % 1_000}` as Grant['principalId']),
      roleId: `rol_${i % 50}` as Grant['roleId'],
      startsAt: at,
      endsAt: new Date(at.getTime() + 3_600_000 + i),
    }),
  );
}

/** CPU time in microseconds per decision. */
function decide(
  policy: Policy,
  principal: ReturnType<typeof aPrincipal>,
  requests: readonly RequestAttributes[],
  decisions: number,
): number {
  const before = process.cpuUsage();
  let allowed = 0;
  for (let i = 0; i < decisions; i++) {
    const attributes = requests[i % requests.length] as RequestAttributes;
    if (evaluate(policy, { principal, cluster, attributes, at }).effect === 'allow') allowed += 1;
  }
  const { user, system } = process.cpuUsage(before);
  if (allowed === 0 || allowed === decisions) throw new Error('every request is decided alike');
  return (user + system) / decisions;
}

const REQUESTS: readonly RequestAttributes[] = Array.from({ length: 256 }, (_, i) =>
  aResourceRequest({
    verb: ['get', 'list', 'watch', 'create', 'patch', 'delete'][i % 6] as string,
    resource: KINDS[i % KINDS.length] as string,
    apiGroup: i % 3 === 0 ? 'apps' : '',
    namespace: `namespace-${i % 60}`,
    name: i % 6 === 1 ? '' : `object-${i}`,
  }),
);

/** Each with words of its own, so that nothing that is remembered helps; every other one is allowed by a wildcard. */
const UNHEARD_OF: readonly RequestAttributes[] = Array.from({ length: 4_096 }, (_, i) =>
  aResourceRequest({ verb: 'get', apiGroup: i % 2 === 0 ? WILD_GROUP : '', resource: `kind-${i}`, name: 'object' }),
);

function aPolicy(): Policy {
  const roles = Array.from(
    { length: 50 },
    (_, i): Role =>
      aRole({
        id: `rol_${i}` as Role['id'],
        name: `role-${i}`,
        ceilingGroups: [`sallyport:role-${i}`],
        permissions: ['secrets.read'],
        rules: [aRule(i), aRule(i + 3), { ...aRule(i + 5), namespaces: [`namespace-${i}`] }, WILD_RULE],
      }),
  );
  const bindings = Array.from(
    { length: BINDINGS },
    (_, i): Binding =>
      aBinding({
        id: `bnd_${String(i).padStart(4, '0')}` as Binding['id'],
        roleId: `rol_${i % 50}` as Role['id'],
        subjects: [aGroup(i)],
        scope:
          i % 2 === 0
            ? { kind: 'organization', namespaces: { kind: 'names', names: [`namespace-${i % 60}`] } }
            : { kind: 'clusterSelector', selector: { matchLabels: { env: 'prod' } } },
      }),
  );
  const accessPolicies = Array.from(
    { length: POLICIES },
    (_, i): AccessPolicy => ({
      id: `pol_${String(i).padStart(4, '0')}` as AccessPolicy['id'],
      organizationId: cluster.organizationId,
      name: `policy-${i}`,
      subjects: [aGroup(i)],
      scope: { kind: 'organization' },
      deny: [{ rules: [{ ...aRule(i), verbs: ['delete'], namespaces: [`namespace-${i % 60}`] }] }],
    }),
  );
  return compilePolicy({ roles, bindings, accessPolicies }, 1);
}

function aRule(i: number): Rule {
  return {
    verbs: i % 4 === 0 ? ['get', 'list', 'watch'] : ['get', 'create', 'patch', 'delete'],
    apiGroups: i % 3 === 0 ? ['apps'] : [''],
    resources: [KINDS[i % KINDS.length] as string, KINDS[(i + 1) % KINDS.length] as string],
  };
}

const WILD_RULE: Rule = { verbs: ['get'], apiGroups: [WILD_GROUP], resources: ['*'] };

function aGroup(i: number) {
  return { kind: 'group', issuer: aPrincipal().issuer, name: `group-${i % GROUPS}` } as const;
}

function groupNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `group-${i}`);
}
