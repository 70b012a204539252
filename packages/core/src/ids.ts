import { CoreError } from './errors.ts';

declare const brand: unique symbol;
type Id<Prefix extends string> = string & { readonly [brand]: Prefix };

/** Prefix of each kind of id, as it stands in front of the underscore. */
export const ID_PREFIXES = {
  installation: 'ins',
  organization: 'org',
  project: 'prj',
  cluster: 'clu',
  principal: 'prn',
  group: 'grp',
  workloadIdentity: 'wid',
  apiKey: 'key',
  passkey: 'pky',
  loginSession: 'ses',
  credential: 'crd',
  role: 'rol',
  binding: 'bnd',
  accessPolicy: 'pol',
  requestPolicy: 'rqp',
  accessRequest: 'req',
  review: 'rvw',
  grant: 'gnt',
  accessReview: 'arv',
  accessReviewItem: 'ari',
  notificationChannel: 'nch',
  notification: 'ntf',
  identityProvider: 'idp',
  joinToken: 'jtk',
  agent: 'agt',
  decision: 'dec',
  auditEvent: 'evt',
  replica: 'rep',
  auditSink: 'snk',
  legalHold: 'lgh',
  sessionRecording: 'rec',
  terminal: 'trm',
} as const;

/** Kinds of ids. */
export type IdKind = keyof typeof ID_PREFIXES;

/** Id of the installation, of which there is one. */
export type InstallationId = Id<'ins'>;
/** Id of an organization. */
export type OrganizationId = Id<'org'>;
/** Id of a project. */
export type ProjectId = Id<'prj'>;
/** Id of a cluster. */
export type ClusterId = Id<'clu'>;
/** Id of a principal. */
export type PrincipalId = Id<'prn'>;
/** Id of a group that the organization keeps itself. */
export type GroupId = Id<'grp'>;
/** Id of a workload identity: the trust in tokens of a foreign issuer, not the principals that come by it. */
export type WorkloadIdentityId = Id<'wid'>;
/** Id of an API key (not the key itself). */
export type ApiKeyId = Id<'key'>;
/** Id of a login session. */
export type LoginSessionId = Id<'ses'>;
/** Id of a kube credential. */
export type CredentialId = Id<'crd'>;
/** Id of a role. */
export type RoleId = Id<'rol'>;
/** Id of a binding. */
export type BindingId = Id<'bnd'>;
/** Id of an access policy. */
export type AccessPolicyId = Id<'pol'>;
/** Id of a request policy. */
export type RequestPolicyId = Id<'rqp'>;
/** Id of an access request. */
export type AccessRequestId = Id<'req'>;
/** Id of a review: one reviewer's verdict on an access request. */
export type ReviewId = Id<'rvw'>;
/** Id of a grant. */
export type GrantId = Id<'gnt'>;
/** Id of an access review (a campaign that asks whether standing access is still needed). */
export type AccessReviewId = Id<'arv'>;
/** Id of one thing that an access review asks about. */
export type AccessReviewItemId = Id<'ari'>;
/** Id of a notification channel. */
export type NotificationChannelId = Id<'nch'>;
/** Id of one notification to one channel. */
export type NotificationId = Id<'ntf'>;
/** Id of an identity provider. */
export type IdentityProviderId = Id<'idp'>;
/** Id of a join token (not the token itself). */
export type JoinTokenId = Id<'jtk'>;
/** Id of an agent. */
export type AgentId = Id<'agt'>;
/** Id of a passkey. */
export type PasskeyId = Id<'pky'>;
/** Id of a decision. */
export type DecisionId = Id<'dec'>;
/** Id of an audit event. */
export type AuditEventId = Id<'evt'>;
/** Id of a replica of the server. */
export type ReplicaId = Id<'rep'>;
/** Id of a place that audit events are sent to. */
export type AuditSinkId = Id<'snk'>;
/** Id of a legal hold. */
export type LegalHoldId = Id<'lgh'>;
/** Id of a session recording. */
export type SessionRecordingId = Id<'rec'>;
/** Id of a terminal in the browser. */
export type TerminalId = Id<'trm'>;

/** The branded type that belongs to a kind. */
export type IdOf<Kind extends IdKind> = Id<(typeof ID_PREFIXES)[Kind]>;

// Crockford's base 32: no i, l, o, u, so an id survives being read out.
const ALPHABET = [...'0123456789abcdefghjkmnpqrstvwxyz'];
const BODY = /^[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/;
/** Every pair of characters, so that ten bits are encoded at once: a proxied request makes three ids. */
const PAIRS = ALPHABET.flatMap((first) => ALPHABET.map((second) => first + second));
const RANDOM_PAIRS = 8;
const POOL_IDS = 256;
/** Random numbers, of which the low ten bits each are used. */
const pool = new Uint16Array(POOL_IDS * RANDOM_PAIRS);
let poolOffset = pool.length;

/**
 * Makes an id: prefix, underscore, 26 characters that encode 48 bits of milliseconds and 80 random bits (the layout of
 * a ULID), so ids of one kind sort by their creation. Ids are names, not secrets.
 */
export function createId<Kind extends IdKind>(kind: Kind, at: number = Date.now()): IdOf<Kind> {
  if (poolOffset === pool.length) {
    crypto.getRandomValues(pool);
    poolOffset = 0;
  }
  let text = `${ID_PREFIXES[kind]}_`;
  for (let shift = 40; shift >= 0; shift -= 10) text += PAIRS[Math.floor(at / 2 ** shift) % 1_024];
  for (let i = 0; i < RANDOM_PAIRS; i++) text += PAIRS[(pool[poolOffset++] as number) % 1_024];
  return text as IdOf<Kind>;
}

/** Whether `text` is a well-formed id of `kind`. Says nothing about whether the thing exists. */
export function isId<Kind extends IdKind>(kind: Kind, text: string): text is IdOf<Kind> {
  const prefix = ID_PREFIXES[kind];
  return text.startsWith(`${prefix}_`) && BODY.test(text.slice(prefix.length + 1));
}

/**
 * Reads an id of `kind`.
 * @throws CoreError `ERR_ID_MALFORMED`
 */
export function parseId<Kind extends IdKind>(kind: Kind, text: string): IdOf<Kind> {
  if (isId(kind, text)) return text;
  throw new CoreError({
    code: 'ERR_ID_MALFORMED',
    message: `${JSON.stringify(text.slice(0, 64))} is not an id of the form ${ID_PREFIXES[kind]}_<26 characters>`,
  });
}
