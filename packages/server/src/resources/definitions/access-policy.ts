import { describeAccessPolicyProblems, readAccessPolicy } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { AccessPolicyRecord } from '../../stores/records.ts';
import type { ResourceDefinition } from '../definition.ts';
import { documentProblem } from '../references.ts';
import { describeScope, describeSubject } from './describe-reach.ts';
import { directoryOf } from './directory.ts';
import { targetsOfScope } from './targets.ts';

type Spec = KindSpec<'AccessPolicy'>;

/** Access policies. Who manages one must be permitted on all that it reaches. */
export const accessPolicy: ResourceDefinition<'AccessPolicy'> = {
  kind: 'AccessPolicy',
  recordKind: 'AccessPolicy',
  list: (reader, organizationId) => reader.list('AccessPolicy', organizationId),
  find: (reader, organizationId, name) => reader.find('AccessPolicy', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: ({ scope, organizationId }, reader) => targetsOfScope(scope, organizationId, reader),
  describe: (record, { reader }) => ({
    spec: {
      ...(record.description !== undefined && { description: record.description }),
      subjects:
        record.subjects === 'everyone'
          ? 'everyone'
          : record.subjects.map((subject) => describeSubject(subject, record, reader)),
      scope: describeScope(record.scope, reader),
      ...statementsOf(record),
    } as Spec,
    status: {},
  }),
  plan({ metadata, spec }, existing, planning) {
    const { organization, context } = planning;
    const record = {
      id: existing?.id ?? createId('accessPolicy', context.clock.now()),
      organizationId: organization.id,
      name: metadata.name,
      labels: metadata.labels ?? {},
      ...(spec.description !== undefined && { description: spec.description }),
      ...readAccessPolicy(spec, directoryOf(planning)),
    };
    const [problem] = describeAccessPolicyProblems(record);
    if (problem !== undefined) throw documentProblem(`spec.${problem.path}`, problem.message);
    return { record };
  },
};

function statementsOf({ deny, require, limits }: AccessPolicyRecord) {
  return {
    ...(deny !== undefined && { deny }),
    ...(require !== undefined && { require }),
    ...(limits !== undefined && { limits }),
  };
}
