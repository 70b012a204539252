import { entry } from './entry.ts';
import { CALL, ORGANIZATION, PERSON } from './example-facts.ts';
import { called, count, identifier, instant, optional, word, words } from './fields.ts';

const method = word('How somebody signed in, for example `oidc`, `saml`, `password`, `passkey` or `workload`.');
const identityProvider = optional(called('The identity provider that was asked.'));

/** Logins, and the life of login sessions. */
export const LOGIN_EVENTS = {
  'login.succeeded': entry({
    name: 'Login succeeded',
    category: 'login',
    severity: 'info',
    summary: 'A person or a machine signed in, and a login session began.',
    fields: {
      method,
      client: word('What signed in: `cli`, `web` or `machine`.'),
      identityProvider,
      subject: optional(identifier('Subject claim of the token that a machine showed.')),
    },
    example: { ...ORGANIZATION, ...PERSON, details: { method: 'oidc', client: 'cli', identityProvider: 'corporate' } },
  }),
  'login.failed': entry({
    name: 'Login failed',
    category: 'login',
    severity: 'warning',
    summary: 'Somebody tried to sign in and was refused.',
    fields: {
      code: identifier('Error code of the refusal.'),
      method: optional(method),
      identityProvider,
      issuer: optional(identifier('Issuer of that identity provider.')),
      workloadIdentity: optional(called('The workload identity that the machine named.')),
    },
    example: {
      ...ORGANIZATION,
      sourceAddress: '203.0.113.7',
      details: { code: 'ERR_LOGIN_LOCAL_REFUSED', method: 'password' },
    },
  }),
  'login.locked': entry({
    name: 'Login locked',
    category: 'login',
    severity: 'warning',
    summary:
      'Failed logins reached their limit, and further ones of the same name or address wait. Written once per lock.',
    fields: {
      what: word('What is locked: a user name or an address.'),
      failures: count('Failures so far.'),
      until: instant('When the lock ends; empty when that is not known.'),
    },
    example: {
      ...ORGANIZATION,
      sourceAddress: '203.0.113.7',
      details: { what: 'user', failures: 10, until: '2026-01-01T00:15:00.000Z' },
    },
  }),
  'login.session.raised': entry({
    name: 'Login session raised',
    category: 'session',
    severity: 'info',
    summary: 'Somebody proved who they are again, within their login session.',
    fields: {
      method,
      acr: optional(identifier('Authentication context that the identity provider vouches for.')),
      amr: optional(words('Authentication methods of RFC 8176 that were used.')),
    },
    example: { ...CALL, details: { method: 'oidc', acr: 'phr', amr: ['hwk', 'pin'] } },
  }),
  'login.session.ended': entry({
    name: 'Login session ended',
    category: 'session',
    severity: 'info',
    summary: 'A login session was ended before its time, and all that rests on it with it.',
    fields: {
      reason: word('Why it ended, for example `ended`, `loggedOut` or `idle`.'),
      endedBy: optional(called('Who asked for it through the REST API; the principal is whose session it was.')),
    },
    example: { ...CALL, details: { reason: 'loggedOut' } },
  }),
} as const;
