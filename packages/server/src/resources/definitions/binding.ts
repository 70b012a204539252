import { OWN_ROLE_PREFIX } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { BindingRecord, RecordReader } from '../../stores/records.ts';
import type { ResourceDefinition } from '../definition.ts';
import { missingReference } from '../references.ts';
import { role as roles } from './role.ts';
import { describeScope, describeSubject, resolveScope, resolveSubject } from './subjects-and-scopes.ts';
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
  describe: (record, { reader }) => ({
    spec: {
      ...(record.description !== undefined && { description: record.description }),
      role: reader.get('Role', record.roleId)?.name ?? record.roleId,
      subjects: record.subjects.map((subject) => describeSubject(subject, record, reader)),
      scope: describeScope(record.scope, reader),
      ...(record.condition !== undefined && { condition: record.condition }),
    },
    status: {},
  }),
  plan({ metadata, spec }, existing, planning) {
    const { organization, context, reader, assertHolds } = planning;
    const role = roles.find(reader, organization.id, spec.role);
    if (role === undefined) {
      const known = roles.list(reader, organization.id).map(({ name }) => name);
      throw missingReference('spec.role', 'role', spec.role, known);
    }
    const scope = resolveScope(spec.scope, planning);
    assertHolds({ kind: 'binding', role, scope });
    return {
      record: {
        id: existing?.id ?? createId('binding', context.clock.now()),
        organizationId: organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        ...(spec.description !== undefined && { description: spec.description }),
        roleId: role.id,
        subjects: spec.subjects.map((subject, i) => resolveSubject(subject, `spec.subjects.${i}`, planning)),
        scope,
        ...(spec.condition !== undefined && { condition: spec.condition }),
      },
    };
  },
};

function isOwn(reader: RecordReader, roleId: BindingRecord['roleId']): boolean {
  return reader.get('Role', roleId)?.name.startsWith(OWN_ROLE_PREFIX) ?? false;
}
