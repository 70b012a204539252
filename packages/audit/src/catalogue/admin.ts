import { entry } from './entry.ts';
import { CALL } from './example-facts.ts';
import { called, document, flag, identifier, optional, word } from './fields.ts';

const resource = {
  kind: word('Kind of the resource.'),
  name: called('Its name.'),
  resourceId: identifier('Its id.'),
};
const before = document('What it was, without its secrets.');
const after = document('What it is, without its secrets.');
const role = { kind: 'Role', name: 'support', resourceId: 'rol_01k9y3t0q5m8w2v7h4x6z1r9bx' };

/** Changes of configuration, and what the REST API refused. */
export const ADMIN_EVENTS = {
  'resource.created': entry({
    name: 'Resource created',
    category: 'admin',
    severity: 'info',
    summary: 'A resource was created through the REST API or from a file.',
    fields: { ...resource, after },
    example: { ...CALL, details: { ...role, after: '{"name":"support","spec":{"rules":[]}}' } },
  }),
  'resource.updated': entry({
    name: 'Resource changed',
    category: 'admin',
    severity: 'info',
    summary: 'A resource was changed.',
    fields: {
      ...resource,
      before,
      after,
      changesSecret: optional(flag('A secret of it was set, which neither shows.')),
    },
    example: {
      ...CALL,
      details: {
        ...role,
        before: '{"name":"support","spec":{"rules":[]}}',
        after: '{"name":"support","spec":{"rules":[{}]}}',
      },
    },
  }),
  'resource.deleted': entry({
    name: 'Resource deleted',
    category: 'admin',
    severity: 'notice',
    summary: 'A resource was deleted.',
    fields: { ...resource, before },
    example: { ...CALL, details: { ...role, before: '{"name":"support","spec":{"rules":[]}}' } },
  }),
  'api.request.denied': entry({
    name: 'API request denied',
    category: 'admin',
    severity: 'warning',
    summary: 'A call of the REST API was refused, also where that looks like something that is not there.',
    fields: {
      code: identifier('Error code of the refusal.'),
      permission: word('What the operation asks for.'),
    },
    example: {
      ...CALL,
      request: {
        id: 'dec_01k9y3t0q5m8w2v7h4x6z1r9bg',
        method: 'DELETE',
        path: '/api/v1/organizations/acme/roles/support',
      },
      details: { code: 'ERR_API_FORBIDDEN', permission: 'roles.delete' },
    },
  }),
} as const;
