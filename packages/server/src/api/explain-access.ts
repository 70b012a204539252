import { type AccessQuery, type Explanation, explain, type Policy } from '@sallyport/authz';
import { HARMLESS_CONTENT, readRequest } from '@sallyport/authz/tools';
import { isCodedError } from '@sallyport/core';
import type { AccessSubjectSpec, ExplainedAccess, KindName, ProxiedRequestSpec } from '@sallyport/core/api';
import { effectiveSettings } from '../access/effective-settings.ts';
import { ApiError } from '../errors.ts';
import type { ParsedDocument } from '../resources/definition.ts';
import { createDraft } from '../resources/draft.ts';
import { documentProblem } from '../resources/references.ts';
import { supposeChanges } from '../resources/what-if.ts';
import type { Snapshot } from '../snapshot.ts';
import { assertMayReadAccess, findAccessSubject } from './access-subject.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { isPermitted } from './permissions.ts';

interface Body {
  readonly as?: AccessSubjectSpec;
  readonly cluster: string;
  readonly requests: readonly ProxiedRequestSpec[];
  readonly resources?: readonly ParsedDocument<KindName>[];
}

/**
 * Says why requests would be allowed or refused. Everybody may ask about themselves; about others, and about documents that
 * are not applied, only those who may read all that access is made of.
 */
export const explainAccess: Handler = async (context, call): Promise<{ items: ExplainedAccess[] }> => {
  const { as, cluster: name, requests, resources } = call.body as Body;
  const { caller } = call;
  if (as !== undefined || resources !== undefined) assertMayReadAccess(context, call);
  const snapshot = context.snapshots.current();
  const { policy, principals } = supposed(context, call, snapshot, resources);
  const about = as === undefined ? caller.principal : findAccessSubject(snapshot, call, as);
  // Supposed groups count for who is asked about as well.
  const localGroups = principals.get(about.id)?.localGroups;
  const principal = localGroups === undefined ? about : { ...about, localGroups };
  const cluster = snapshot.find('Cluster', name, caller.organization.id);
  if (cluster === undefined || !isPermitted(snapshot, caller.principal, 'clusters.read', cluster)) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no cluster ${JSON.stringify(name)} for you`,
      nextStep: 'Run `sallyport clusters list` to see your clusters.',
    });
  }
  const settings = effectiveSettings(snapshot, principal, cluster);
  const project = cluster.projectId === undefined ? undefined : snapshot.projects.get(cluster.projectId);
  const items = requests.map((request, i) => {
    const query: AccessQuery = {
      principal,
      cluster,
      attributes: attributesOf(request, `requests.${i}`),
      at: new Date(context.clock.now()),
      ...(settings && { settings }),
      ...(project && { projectName: project.name }),
    };
    return describeExplanation(explainWithBody(policy, query), snapshot);
  });
  return { items };
};

/** A body that nobody has yet says nothing remarkable. */
function explainWithBody(policy: Policy, query: AccessQuery): Explanation {
  const { decision, steps } = explain(policy, query);
  const isInspected = decision.effect === 'allow' && decision.obligations.some(({ kind }) => kind === 'inspect');
  return isInspected ? explain(policy, { ...query, content: HARMLESS_CONTENT }) : { decision, steps };
}

function supposed(
  context: ApiContext,
  call: Call,
  snapshot: Snapshot,
  resources: Body['resources'],
): Pick<Snapshot, 'policy' | 'principals'> {
  if (resources === undefined) return snapshot;
  const { organization } = call.caller;
  const draft = createDraft(snapshot, new Date(context.clock.now()));
  supposeChanges({ context, call, organization, draft }, resources);
  return draft.accessAfter(organization.id);
}

function attributesOf(request: ProxiedRequestSpec, path: string): AccessQuery['attributes'] {
  try {
    return readRequest(request);
  } catch (error) {
    if (isCodedError(error)) throw documentProblem(path, `can not be read: ${error.message}`);
    throw error;
  }
}

function describeExplanation({ decision, steps }: Explanation, snapshot: Snapshot): ExplainedAccess {
  const isAllowed = decision.effect === 'allow';
  return {
    effect: decision.effect,
    action: steps.flatMap(({ actions }) => actions).join(' with '),
    reasons: decision.reasons.map(({ message, source }) => ({ message, ...(source !== undefined && { source }) })),
    obligations: isAllowed ? decision.obligations.map(({ kind }) => kind) : [],
    requestable: isAllowed ? [] : decision.requestable.map(({ role }) => role),
    groups: isAllowed ? [...decision.impersonate.groups] : [],
    trace: steps.flatMap(({ bindings, statements }) => [
      ...bindings.map(({ bindingId, grantId, roleName, outcome, rule, detail }) => ({
        source:
          bindingId === undefined
            ? `Grant/${grantId}`
            : `Binding/${snapshot.get('Binding', bindingId)?.name ?? bindingId}`,
        path: rule === undefined ? `role ${roleName}` : `role ${roleName} ${rule}`,
        outcome,
        ...(detail !== undefined && { detail }),
      })),
      ...statements.map(({ policyName, effect, path, outcome }) => ({
        source: `AccessPolicy/${policyName}`,
        path: path === '' ? effect : path,
        outcome,
      })),
    ]),
  };
}
