import { entry } from './entry.ts';
import { CALL, CLUSTER_CALL, ORGANIZATION, PERSON } from './example-facts.ts';
import {
  called,
  calledAll,
  count,
  document,
  identifier,
  identifiers,
  instant,
  optional,
  word,
  words,
} from './fields.ts';

const user = called('User name of the person.');
const passkey = {
  passkeyId: identifier('The passkey.'),
  displayName: called('What its owner calls it.'),
};
const apiKey = {
  apiKeyId: identifier('The API key; never the key itself.'),
  name: called('What it is called.'),
  serviceAccount: called('The service account that it is of.'),
};
const expiresAt = instant('When it expires.');

/** People, service accounts and what they show for themselves. */
export const IDENTITY_EVENTS = {
  'principal.groups.changed': entry({
    name: 'Groups changed',
    category: 'identity',
    severity: 'info',
    summary: 'An identity provider was asked again and named other groups, or another user name.',
    fields: {
      added: calledAll('Groups that were added.'),
      removed: calledAll('Groups that were removed.'),
      formerUserName: optional(called('The user name before, where it changed.')),
    },
    example: { ...ORGANIZATION, ...PERSON, details: { added: ['on-call'], removed: [] } },
  }),
  'user.invited': entry({
    name: 'User invited',
    category: 'identity',
    severity: 'notice',
    summary: 'A link was issued by which a local user sets up how they sign in.',
    fields: {
      user,
      role: optional(called('The role that they were bound to by it.')),
      endedSessions: optional(count('Login sessions that ended by it.')),
      expiresAt,
    },
    example: { ...CALL, details: { user: 'grace@example.com', expiresAt: '2026-01-08T00:00:00.000Z' } },
  }),
  'user.reset': entry({
    name: 'User reset',
    category: 'identity',
    severity: 'notice',
    summary: 'What a local user signs in with was taken away, and a recovery link issued.',
    fields: { user, endedSessions: count('Login sessions that ended by it.'), expiresAt },
    example: {
      ...CALL,
      details: { user: 'grace@example.com', endedSessions: 2, expiresAt: '2026-01-02T00:00:00.000Z' },
    },
  }),
  'user.enrolled': entry({
    name: 'User enrolled',
    category: 'identity',
    severity: 'notice',
    summary: 'A local user followed a link and set up how they sign in.',
    fields: { link: word('What the link was for: an invitation or a recovery.'), factor: word('What was set up.') },
    example: { ...ORGANIZATION, ...PERSON, details: { link: 'invitation', factor: 'passkey' } },
  }),
  'user.password.changed': entry({
    name: 'Password changed',
    category: 'identity',
    severity: 'notice',
    summary: 'A local user set another password.',
    fields: {},
    example: { ...CALL },
  }),
  'user.password.change_demanded': entry({
    name: 'Password change demanded',
    category: 'identity',
    severity: 'info',
    summary: 'An administrator demands a new password at the next login.',
    fields: { user },
    example: { ...CALL, details: { user: 'grace@example.com' } },
  }),
  'user.totp.enrolled': entry({
    name: 'Code app set up',
    category: 'identity',
    severity: 'notice',
    summary: 'A local user set up an app for one-time codes.',
    fields: {},
    example: { ...CALL },
  }),
  'user.passkey.added': entry({
    name: 'Passkey added',
    category: 'identity',
    severity: 'notice',
    summary: 'A local user added a passkey.',
    fields: passkey,
    example: { ...CALL, details: { passkeyId: 'pky_01k9y3t0q5m8w2v7h4x6z1r9bk', displayName: 'laptop' } },
  }),
  'user.passkey.removed': entry({
    name: 'Passkey removed',
    category: 'identity',
    severity: 'notice',
    summary: 'A local user removed a passkey.',
    fields: passkey,
    example: { ...CALL, details: { passkeyId: 'pky_01k9y3t0q5m8w2v7h4x6z1r9bk', displayName: 'laptop' } },
  }),
  'user.recovery_codes.issued': entry({
    name: 'Recovery codes issued',
    category: 'identity',
    severity: 'notice',
    summary: 'A local user had new recovery codes made; the former ones are void.',
    fields: {},
    example: { ...CALL },
  }),
  'api_key.created': entry({
    name: 'API key created',
    category: 'identity',
    severity: 'notice',
    summary: 'An API key of a service account was issued.',
    fields: {
      ...apiKey,
      expiresAt,
      permissions: optional(words('What the key is limited to.')),
      ipRanges: optional(identifiers('Addresses that it is taken from, in CIDR form.')),
    },
    example: {
      ...CALL,
      details: {
        apiKeyId: 'key_01k9y3t0q5m8w2v7h4x6z1r9bm',
        name: 'deploy',
        serviceAccount: 'ci',
        expiresAt: '2026-04-01T00:00:00.000Z',
        permissions: ['clusters.read'],
        ipRanges: ['203.0.113.0/24'],
      },
    },
  }),
  'api_key.revoked': entry({
    name: 'API key revoked',
    category: 'identity',
    severity: 'notice',
    summary: 'An API key was revoked, and all that rests on it with it.',
    fields: apiKey,
    example: {
      ...CALL,
      details: { apiKeyId: 'key_01k9y3t0q5m8w2v7h4x6z1r9bm', name: 'deploy', serviceAccount: 'ci' },
    },
  }),
  'credential.minted': entry({
    name: 'Credential minted',
    category: 'identity',
    severity: 'info',
    summary: 'A short-lived credential for one cluster was issued.',
    fields: {
      credentialId: identifier('The credential; never the credential itself.'),
      kind: word('What it is: a token or a client certificate.'),
      certificateSerial: optional(identifier('Serial number, of a client certificate.')),
      expiresAt,
    },
    example: {
      ...CLUSTER_CALL,
      details: {
        credentialId: 'crd_01k9y3t0q5m8w2v7h4x6z1r9bn',
        kind: 'token',
        expiresAt: '2026-01-01T00:15:00.000Z',
      },
    },
  }),
  'credential.revoked': entry({
    name: 'Credential revoked',
    category: 'identity',
    severity: 'notice',
    summary: 'A credential was revoked before its time.',
    fields: {
      credentialId: identifier('The credential.'),
      principalId: identifier('Whose it was.'),
    },
    example: {
      ...CLUSTER_CALL,
      details: {
        credentialId: 'crd_01k9y3t0q5m8w2v7h4x6z1r9bn',
        principalId: 'prn_01k9y3t0q5m8w2v7h4x6z1r9be',
      },
    },
  }),
  'credential.refused': entry({
    name: 'Credential refused',
    category: 'login',
    severity: 'warning',
    summary: 'A request of the REST API or of SCIM showed a credential that is none.',
    fields: { surface: optional(word('Where it was shown, if not to the REST API.')) },
    example: {
      sourceAddress: '203.0.113.7',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      request: { id: 'dec_01k9y3t0q5m8w2v7h4x6z1r9bg', method: 'GET', path: '/api/v1/organizations/acme/clusters' },
    },
  }),
  'scim.token.issued': entry({
    name: 'SCIM token issued',
    category: 'identity',
    severity: 'notice',
    summary: 'A token was issued by which an identity provider writes people and groups.',
    fields: {
      identityProvider: called('The identity provider.'),
      earlierEndAt: instant('When the tokens before it end.'),
    },
    example: { ...CALL, details: { identityProvider: 'corporate', earlierEndAt: '2026-01-02T00:00:00.000Z' } },
  }),
  ...scimUserEvents(),
  ...scimGroupEvents(),
} as const;

function scimUserEvents() {
  const fields = {
    identityProvider: called('The identity provider that wrote it.'),
    principalId: identifier('The person.'),
    userName: called('Their user name.'),
  };
  const before = document('Their attributes before.');
  const after = document('Their attributes after.');
  const endedSessions = count('Login sessions that ended by it.');
  const details = {
    identityProvider: 'corporate',
    principalId: 'prn_01k9y3t0q5m8w2v7h4x6z1r9be',
    userName: 'ada@example.com',
  };
  const event = { ...ORGANIZATION, sourceAddress: '198.51.100.4' };
  return {
    'scim.user.created': entry({
      name: 'User provisioned',
      category: 'identity',
      severity: 'info',
      summary: 'An identity provider made a person known.',
      fields: { ...fields, after },
      example: { ...event, details: { ...details, after: '{"userName":"ada@example.com","active":true}' } },
    }),
    'scim.user.updated': entry({
      name: 'User changed by provider',
      category: 'identity',
      severity: 'info',
      summary: 'An identity provider changed what is known of a person.',
      fields: { ...fields, before, after, endedSessions },
      example: {
        ...event,
        details: {
          ...details,
          before: '{"userName":"ada@example.com","active":true}',
          after: '{"userName":"ada@example.com","displayName":"Ada","active":true}',
          endedSessions: 0,
        },
      },
    }),
    'scim.user.deactivated': entry({
      name: 'User deactivated',
      category: 'identity',
      severity: 'notice',
      summary: 'An identity provider disabled a person; their login sessions ended.',
      fields: { ...fields, before, after, endedSessions },
      example: {
        ...event,
        details: {
          ...details,
          before: '{"userName":"ada@example.com","active":true}',
          after: '{"userName":"ada@example.com","active":false}',
          endedSessions: 2,
        },
      },
    }),
    'scim.user.deleted': entry({
      name: 'User removed by provider',
      category: 'identity',
      severity: 'notice',
      summary: 'An identity provider removed a person with all that hung on them.',
      fields: { ...fields, before, endedSessions },
      example: {
        ...event,
        details: { ...details, before: '{"userName":"ada@example.com","active":true}', endedSessions: 1 },
      },
    }),
  } as const;
}

function scimGroupEvents() {
  const fields = {
    identityProvider: called('The identity provider that wrote it.'),
    groupId: identifier('The group.'),
    group: called('Its name.'),
    formerName: optional(called('Its name before, where it changed.')),
    added: calledAll('Members that were added.'),
    removed: calledAll('Members that were removed.'),
  };
  const details = { identityProvider: 'corporate', groupId: 'grp_01k9y3t0q5m8w2v7h4x6z1r9bp', group: 'on-call' };
  const event = { ...ORGANIZATION, sourceAddress: '198.51.100.4' };
  const base = { category: 'identity', severity: 'info', fields } as const;
  return {
    'scim.group.created': entry({
      ...base,
      name: 'Group provisioned',
      summary: 'An identity provider made a group.',
      example: { ...event, details: { ...details, added: ['ada@example.com'], removed: [] } },
    }),
    'scim.group.updated': entry({
      ...base,
      name: 'Group changed by provider',
      summary: 'An identity provider changed the name or the members of a group.',
      example: { ...event, details: { ...details, added: ['grace@example.com'], removed: ['ada@example.com'] } },
    }),
    'scim.group.deleted': entry({
      ...base,
      name: 'Group removed by provider',
      summary: 'An identity provider removed a group; its members lost what it gave.',
      example: { ...event, details: { ...details, added: [], removed: ['grace@example.com'] } },
    }),
  } as const;
}
