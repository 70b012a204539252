import type { PolicyTest } from '@sallyport/core/api';
import { createAuthorizer } from '../evaluate.ts';
import type { AccessQuery, RequestContent } from '../query.ts';
import { HARMLESS_CONTENT, judge } from './judge.ts';
import type { OfflineOrganization } from './offline-organization.ts';
import { readRequest } from './read-request.ts';

type PolicyTestCase = PolicyTest['spec']['cases'][number];

/** How one case came out. */
export interface PolicyTestResult {
  readonly name: string;
  readonly isPassed: boolean;
  /** Why it failed, as one sentence; absent when it passed. */
  readonly problem?: string;
}

/** Decides every case of a test by the evaluator that serves requests. Never throws for what a case says. */
export function runPolicyTest(
  organization: OfflineOrganization,
  test: PolicyTest,
  now: Date,
): readonly PolicyTestResult[] {
  return test.spec.cases.map((one) => {
    const problem = problemOf(organization, one, now);
    return problem === undefined ? { name: one.name, isPassed: true } : { name: one.name, isPassed: false, problem };
  });
}

function problemOf(organization: OfflineOrganization, one: PolicyTestCase, now: Date): string | undefined {
  const cluster = organization.clusters.get(one.cluster);
  if (cluster === undefined) return `no document describes the cluster ${one.cluster}`;
  let attributes: AccessQuery['attributes'];
  try {
    attributes = readRequest(one.request);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const at = one.at ?? now;
  const { authentication, namespaceLabels } = one;
  const query: AccessQuery = {
    principal: organization.principal(one.as),
    cluster,
    attributes,
    at,
    ...(namespaceLabels && { namespaceLabels }),
    ...(authentication && {
      authentication: {
        method: authentication.method ?? 'oidc',
        authenticatedAt: at,
        ...(authentication.acr !== undefined && { acr: authentication.acr }),
        ...(authentication.amr !== undefined && { amr: authentication.amr }),
        ...(authentication.claims !== undefined && { claims: authentication.claims }),
      },
    }),
    ...(one.address !== undefined && {
      origin: { channel: 'kubectl', hasWebSession: false, address: one.address, isAddressIn: () => false },
    }),
  };
  const decision = judge(createAuthorizer(organization.policy), query, contentOf(one));
  const said = decision.reasons.map(({ message }) => message).join('; ');
  if (decision.effect !== one.expect) return `expected ${one.expect}, got ${decision.effect}: ${said}`;
  if (one.reason !== undefined && !said.includes(one.reason)) {
    return `expected a reason with ${JSON.stringify(one.reason)}, got: ${said}`;
  }
  if (one.obligations === undefined) return undefined;
  const kinds = decision.effect === 'allow' ? decision.obligations.map(({ kind }) => kind) : [];
  const [want, got] = [[...one.obligations].sort().join(', '), [...kinds].sort().join(', ')];
  return want === got ? undefined : `expected the obligations [${want}], got [${got}]`;
}

function contentOf({ privileges = [] }: PolicyTestCase): RequestContent {
  return {
    ...HARMLESS_CONTENT,
    privileges: privileges.map((privilege) => ({ privilege: privilege as never, at: 'the body' })),
  };
}
