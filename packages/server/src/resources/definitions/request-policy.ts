import { describeRequestPolicyProblems, readRequestPolicy } from '@sallyport/authz';
import { createId, formatDuration } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { RecordReader, RequestPolicyRecord } from '../../stores/records.ts';
import type { ResourceDefinition } from '../definition.ts';
import { documentProblem } from '../references.ts';
import { describeScope, describeSubject } from './describe-reach.ts';
import { directoryOf } from './directory.ts';
import { targetsOfScope } from './targets.ts';

type Spec = KindSpec<'RequestPolicy'>;

/** What is requestable. Who manages one must be permitted on all that it reaches, and hold the roles that it gives. */
export const requestPolicy: ResourceDefinition<'RequestPolicy'> = {
  kind: 'RequestPolicy',
  recordKind: 'RequestPolicy',
  list: (reader, organizationId) => reader.list('RequestPolicy', organizationId),
  find: (reader, organizationId, name) => reader.find('RequestPolicy', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: ({ scope, organizationId }, reader) => targetsOfScope(scope, organizationId, reader),
  describe: (record, { reader }) => ({ spec: describeTerms(record, reader), status: {} }),
  plan({ metadata, spec }, existing, planning) {
    const { organization, context, reader, assertHolds } = planning;
    const terms = readRequestPolicy(spec, directoryOf(planning));
    for (const roleId of terms.roleIds) {
      const role = reader.get('Role', roleId);
      if (role !== undefined) assertHolds({ kind: 'binding', role, scope: terms.scope });
    }
    const record = {
      id: existing?.id ?? createId('requestPolicy', context.clock.now()),
      organizationId: organization.id,
      name: metadata.name,
      labels: metadata.labels ?? {},
      ...(spec.description !== undefined && { description: spec.description }),
      ...terms,
    };
    const [problem] = describeRequestPolicyProblems(record);
    if (problem !== undefined) throw documentProblem(`spec.${problem.path}`, problem.message);
    return { record };
  },
};

function describeTerms(record: RequestPolicyRecord, reader: RecordReader): Spec {
  const { requesters, steps, breakGlass, description, ticketPattern, condition, autoApprove } = record;
  const subjects = (list: Exclude<RequestPolicyRecord['requesters'], 'everyone'>) =>
    list.map((subject) => describeSubject(subject, record, reader));
  const reviewers = (said: RequestPolicyRecord['steps'][number]['reviewers']) =>
    said === 'permitted' ? said : subjects(said);
  return {
    ...(description !== undefined && { description }),
    requesters: requesters === 'everyone' ? requesters : subjects(requesters),
    roles: record.roleIds.map((id) => reader.get('Role', id)?.name ?? id),
    scope: describeScope(record.scope, reader),
    maxDuration: formatDuration(record.maxDurationMs),
    maxTotalDuration: formatDuration(record.maxTotalDurationMs),
    maxStartDelay: formatDuration(record.maxStartDelayMs),
    pendingFor: formatDuration(record.pendingForMs),
    ...(ticketPattern !== undefined && { ticketPattern }),
    ...(condition !== undefined && { condition }),
    steps: steps.map((step) => ({
      ...(step.name !== undefined && { name: step.name }),
      reviewers: reviewers(step.reviewers),
      approvals: step.approvals,
      ...(step.condition !== undefined && { condition: step.condition }),
    })),
    ...(autoApprove !== undefined && { autoApprove }),
    ...(breakGlass !== undefined && {
      breakGlass: {
        maxDuration: formatDuration(breakGlass.maxDurationMs),
        maxPerDay: breakGlass.maxPerDay,
        followUpWithin: formatDuration(breakGlass.followUpWithinMs),
        reviewers: reviewers(breakGlass.reviewers),
      },
    }),
  };
}
