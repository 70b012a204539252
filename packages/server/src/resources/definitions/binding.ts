import { describeConditionProblem, OWN_ROLE_PREFIX, readBinding } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { BindingRecord, RecordReader } from '../../stores/records.ts';
import type { ResourceDefinition } from '../definition.ts';
import { documentProblem } from '../references.ts';
import { describeScope, describeSubject } from './describe-reach.ts';
import { directoryOf } from './directory.ts';
import { targetsOfScope } from './targets.ts';

/** Standing bindings. Who manages one must be permitted on all that it reaches. */
export const binding: ResourceDefinition<'Binding'> = {
  kind: 'Binding',
  recordKind: 'Binding',
  list: (reader, organizationId) =>
    reader.list('Binding', organizationId).filter(({ roleId }) => !isOwn(reader, roleId)),
  find(reader, organizationId, name) {
    const found = reader.find('Binding', name, organizationId);
    return found === undefined || isOwn(reader, found.roleId) ? undefined : found;
  },
  nameOf: ({ name }) => name,
  targetsOf: ({ scope, organizationId }, reader) => targetsOfScope(scope, organizationId, reader),
  describe: (record, { reader }) => ({ spec: describeBinding(record, reader), status: {} }),
  plan({ metadata, spec }, existing, planning) {
    const { organization, context, reader, assertHolds } = planning;
    const directory = directoryOf(planning);
    const said = readBinding(spec, directory);
    const role = reader.get('Role', said.roleId);
    if (role === undefined) throw directory.missing('spec.role', 'Role', spec.role);
    const problem = said.condition === undefined ? undefined : describeConditionProblem(said.condition);
    if (problem !== undefined) throw documentProblem('spec.condition', `is no usable condition: ${problem}`);
    assertHolds({ kind: 'binding', role, scope: said.scope });
    return {
      record: {
        id: existing?.id ?? createId('binding', context.clock.now()),
        organizationId: organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        ...(spec.description !== undefined && { description: spec.description }),
        ...said,
      },
    };
  },
};

/** A binding as documents write it. */
export function describeBinding(
  record: Omit<BindingRecord, 'resourceVersion' | 'createdAt' | 'updatedAt' | 'labels'>,
  reader: RecordReader,
): KindSpec<'Binding'> {
  return {
    ...(record.description !== undefined && { description: record.description }),
    role: reader.get('Role', record.roleId)?.name ?? record.roleId,
    subjects: record.subjects.map((subject) => describeSubject(subject, record, reader)),
    scope: describeScope(record.scope, reader),
    ...(record.condition !== undefined && { condition: record.condition }),
  };
}

function isOwn(reader: RecordReader, roleId: BindingRecord['roleId']): boolean {
  return reader.get('Role', roleId)?.name.startsWith(OWN_ROLE_PREFIX) ?? false;
}
