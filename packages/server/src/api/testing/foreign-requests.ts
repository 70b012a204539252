import { INSTALLATION_PERMISSIONS } from '@sallyport/authz';
import {
  API_PREFIX,
  API_VERSION,
  type KindName,
  kinds,
  type Operation,
  type OperationName,
  operations,
} from '@sallyport/core/api';
import type { Choice } from './choice.ts';
import { INNER_KINDS, type InnerKind, isReference, nameIn, sampleDocument } from './sample-documents.ts';
import { SHARED_KEY, THEIRS, TWIN } from './two-organizations.ts';

/** Somewhere in a request where a name or an id can stand. */
export interface Place {
  readonly in: 'path' | 'query' | 'body';
  /** Parameter, or steps into the body. */
  readonly at: readonly string[];
}

/** A request in which something of the other organization stands. */
export interface ForeignRequest {
  readonly operation: OperationName;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** What of the other organization stands in it. */
  readonly sent: readonly string[];
  /**
   * What it must come to. `notFound`: 404. `forbidden`: 403, since it is decided above organizations. `refused`: no success,
   * since something that it refers to is not there. `own`: whatever it is about, it is about the own organization.
   */
  readonly expects: 'notFound' | 'forbidden' | 'refused' | 'own';
}

/** What generating takes. */
export interface Ground {
  readonly ownOrganization: string;
  readonly otherOrganization: string;
  readonly foreignIds: ReadonlyMap<string, readonly string[]>;
}

const LISTED: Readonly<Record<string, Operation>> = operations;

/** All places of an operation. */
export function placesOf(name: OperationName): readonly Place[] {
  const operation = operationOf(name);
  const parameters = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, at = '']): Place => ({ in: 'path', at: [at] }));
  const queries = queryOf(operation).map((at): Place => ({ in: 'query', at: [at] }));
  // A hold of that name would be one of the own organization.
  const texts = (name === 'createLegalHold' ? [] : leavesOf(bodyOf(name))).map((at): Place => ({ in: 'body', at }));
  return [...parameters, ...queries, ...texts];
}

/** Makes the request of an operation with something of the other organization at each of the places. */
export function foreignRequest(
  name: OperationName,
  places: readonly Place[],
  ground: Ground,
  choice: Choice,
): ForeignRequest {
  const operation = operationOf(name);
  const kind = kindOf(operation);
  const sent: string[] = [];
  const take = (value: string) => {
    sent.push(value);
    return value;
  };
  const parameters: Record<string, string> = {
    organization: ground.ownOrganization,
    name: kind === undefined ? TWIN : nameIn(TWIN, kind),
    id: 'none',
    item: 'none',
  };
  const query = new URLSearchParams();
  const body = structuredClone(bodyOf(name));
  let isRefused = false;
  for (const { in: where, at } of places) {
    const [first = ''] = at;
    if (where === 'path') parameters[first] = take(foreignParameter(first, operation, ground, choice));
    else if (where === 'query') query.set(first, take(foreignQuery(first, ground, choice)));
    else {
      const isTaken = name === 'updateOrganization' && at.join('.') === 'metadata.name';
      const isRef = kind === undefined ? isNamed(name, at) : isReference(kind, at);
      const value = isRef ? foreignReference(at, ground, choice) : foreignText(at, ground, choice);
      put(body, at, take(isTaken ? ground.otherOrganization : value));
      isRefused ||= isRef || isTaken;
    }
  }
  // Passkeys are for local users only, and the owner is none: that is said before any of them is looked for.
  isRefused ||= name === 'removeMyPasskey';
  const isAbsent = places.some(({ in: where }) => where === 'path');
  const isAbove = INSTALLATION_PERMISSIONS.some((each) => each === operation.permission);
  const expects = isAbove ? 'forbidden' : isRefused ? 'refused' : isAbsent ? 'notFound' : 'own';
  const path = operation.path.replace(/\{(\w+)\}/g, (_, at: string) => encodeURIComponent(parameters[at] ?? ''));
  return {
    operation: name,
    method: operation.method,
    path: `${API_PREFIX}${path}${query.size > 0 ? `?${query}` : ''}`,
    ...(body !== undefined && { body }),
    headers: headersOf(operation, expects, choice),
    sent,
    expects,
  };
}

/** A request with something of the other organization at one to three places. */
export function randomForeignRequest(ground: Ground, choice: Choice): ForeignRequest {
  const name = choice.of(FUZZED);
  const all = placesOf(name);
  const places = new Set(Array.from({ length: 1 + choice.index(3) }, () => choice.of(all)));
  return foreignRequest(name, [...places], ground, choice);
}

function operationOf(name: OperationName): Operation {
  return operations[name];
}

function kindOf({ path }: Operation): InnerKind | undefined {
  const collection = /^\/organizations\/\{organization\}\/([\w-]+)/.exec(path)?.[1];
  const found = Object.values(kinds).find((kind) => kind.collection === collection)?.kind;
  return found as InnerKind | undefined;
}

function queryOf({ query }: Operation): string[] {
  const shape = (query as { readonly shape?: object } | undefined)?.shape ?? {};
  return Object.keys(shape).filter((name) => !WORDS_OF_QUERIES.includes(name));
}

/** Parameters whose values are words of the contract. */
const WORDS_OF_QUERIES = ['limit', 'fields', 'state', 'view', 'format'];

/** Bodies that the contract takes, of what the own organization has. */
function bodyOf(name: OperationName): unknown {
  const operation = operationOf(name);
  if (operation.body === undefined) return undefined;
  const kind = kindOf(operation);
  const crud =
    kind === undefined
      ? undefined
      : CRUD.exec(operation.path.slice(`/organizations/{organization}/${kinds[kind].collection}`.length));
  if (kind !== undefined && crud !== null && crud !== undefined) {
    return {
      ...sampleDocument(kind, TWIN, 'ours'),
      ...withMetadata(kind, operation.method === 'POST' ? 'fresh' : TWIN),
    };
  }
  return BODIES[name];
}

const CRUD = /^(\/\{name\})?$/;

function withMetadata(kind: InnerKind, family: string) {
  // An export has ids; they are taken and ignored.
  return { metadata: { name: nameIn(family, kind), labels: { owner: 'ours' }, id: 'none' } };
}

const anOrganization = (name: string) => ({
  apiVersion: API_VERSION,
  kind: 'Organization',
  metadata: { name },
  spec: { description: 'ours' },
});

const BODIES: Partial<Readonly<Record<OperationName, unknown>>> = {
  createOrganization: anOrganization('fresh'),
  updateOrganization: { ...anOrganization('acme'), spec: { description: 'ours' } },
  inviteOwner: { name: 'fresh' },
  updateInstallation: { apiVersion: API_VERSION, kind: 'Installation', metadata: { name: 'installation' }, spec: {} },
  applyResources: { resources: INNER_KINDS.map((kind) => sampleDocument(kind, TWIN, 'ours')), dryRun: false },
  issueJoinToken: {},
  inviteUser: {},
  createApiKey: { name: 'fresh' },
  issueScimToken: {},
  dryRunIdentityProvider: { token: 'none' },
  setMyPassword: { password: 'none' },
  addMyPasskey: { answer: {}, displayName: 'none' },
  confirmMyTotp: { code: 'none' },
  rotateKeys: {},
  explainAccess: {
    as: { user: nameIn(TWIN, 'User') },
    cluster: TWIN,
    requests: [{ verb: 'get', resource: 'pods' }],
    resources: [sampleDocument('Role', TWIN, 'ours')],
  },
  compareRecordedAccess: { resources: [sampleDocument('Binding', TWIN, 'ours')], deleted: [`Binding/${TWIN}`] },
  suggestRole: { as: { user: nameIn(TWIN, 'User') }, cluster: TWIN },
  createAccessRequest: {
    role: TWIN,
    scope: { kind: 'clusters', clusters: [TWIN], namespaces: { names: ['default'] } },
    objects: [{ resource: 'pods', namespace: 'default', name: 'web' }],
    duration: '1h',
    reason: 'ours',
    ticket: 'ours',
    policy: TWIN,
    suggestedReviewers: [nameIn(TWIN, 'User')],
  },
  reviewAccessRequest: { verdict: 'deny', reason: 'ours' },
  cancelAccessRequest: { reason: 'ours' },
  followUpAccessRequest: { verdict: 'justified', reason: 'ours' },
  createGrant: {
    user: nameIn(TWIN, 'User'),
    role: TWIN,
    scope: { kind: 'clusters', clusters: [TWIN] },
    duration: '1h',
    reason: 'ours',
  },
  renewGrant: { duration: '1h', reason: 'ours' },
  revokeGrant: { reason: 'ours' },
  terminateSession: { reason: 'ours' },
  terminateMySession: { reason: 'ours' },
  issueKubeTicket: { target: '/api/v1/namespaces/shop/pods/web/exec?command=sh' },
  createAccessReview: {
    name: 'fresh',
    description: 'ours',
    scope: { kind: 'clusters', clusters: [TWIN] },
    roles: [TWIN],
    reviewers: [{ kind: 'User', name: nameIn(TWIN, 'User') }],
    duration: '1d',
  },
  issueClientCertificate: { csr: 'none' },
  decideAccessReviewItem: { verdict: 'attest', reason: 'ours' },
  setAuditRetention: {},
  createLegalHold: { name: 'ours', reason: 'ours', selection: {} },
  releaseLegalHold: { reason: 'ours' },
};

/** Places of bodies that are no documents, and name what there is. */
const NAMED: Partial<Readonly<Record<OperationName, RegExp>>> = {
  createAccessRequest: /^(role|policy|scope\.clusters\.0|suggestedReviewers\.0)$/,
  createAccessReview: /^(roles\.0|scope\.clusters\.0|reviewers\.0\.name)$/,
  createGrant: /^(user|role|scope\.clusters\.0)$/,
};

function isNamed(name: OperationName, at: readonly string[]): boolean {
  return NAMED[name]?.test(at.join('.')) ?? false;
}

/** Steps to every text of a body that is no word of the contract. */
function leavesOf(value: unknown, steps: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value === 'string') return isWord(steps) ? [] : [steps];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([step, inner]) => leavesOf(inner, [...steps, step]));
}

function isWord(steps: readonly string[]): boolean {
  const last = steps.at(-1) ?? '';
  const path = steps.join('.');
  return (
    last === 'kind' ||
    last === 'apiVersion' ||
    /(^|\.)(permissions|rules|clusterRoles|issuer|condition|verb|resource|verdict|duration|events|url|secret|target)\b/.test(
      path,
    )
  );
}

function put(body: unknown, steps: readonly string[], value: string): void {
  let target = body as Record<string, unknown>;
  for (const step of steps.slice(0, -1)) target = target[step] as Record<string, unknown>;
  target[steps.at(-1) ?? ''] = value;
}

/** An id of something of the other organization; of anything there, where it has none of that sort. */
function foreignId(ground: Ground, choice: Choice, what?: string): string {
  const ids = what === undefined ? undefined : ground.foreignIds.get(what);
  return choice.of(ids?.length ? ids : [...ground.foreignIds.values()].flat());
}

/** Another organization, or a name or an id that only the other organization knows. */
function foreignParameter(parameter: string, operation: Operation, ground: Ground, choice: Choice): string {
  const kind = kindOf(operation);
  const isId = choice.index(3) === 0;
  if (parameter === 'organization') {
    return isId ? foreignId(ground, choice, 'Organization') : ground.otherOrganization;
  }
  if (parameter === 'id') {
    return foreignId(ground, choice, isId ? undefined : /([\w-]+)\/\{id\}/.exec(operation.path)?.[1]);
  }
  if (parameter === 'item') return foreignId(ground, choice, 'items');
  return isId ? foreignId(ground, choice, kind) : nameIn(THEIRS, kind ?? 'Project');
}

function foreignQuery(parameter: string, ground: Ground, choice: Choice): string {
  const id = foreignId(ground, choice);
  switch (parameter) {
    case 'continue':
      return choice.of([Buffer.from(JSON.stringify([THEIRS, id])).toString('base64url'), id]);
    case 'labelSelector':
      return 'owner notin (ours)';
    case 'fieldSelector':
      return choice.of([`metadata.name=${THEIRS}`, `metadata.id=${id}`, 'metadata.labels.owner!=ours']);
    case 'role':
    case 'cluster':
    case 'namespace':
      return THEIRS;
    default:
      return choice.of([THEIRS, nameIn(THEIRS, 'User'), id, 'secret-']);
  }
}

/** What a reference can't find in the own organization. */
function foreignReference(steps: readonly string[], ground: Ground, choice: Choice): string {
  const kind = referenced(steps);
  return choice.index(3) === 0 ? foreignId(ground, choice, kind) : nameIn(THEIRS, kind);
}

function referenced(steps: readonly string[]): KindName {
  const path = steps.join('.');
  if (/user|subjects\.0|suggestedReviewers|reviewers\.0/.test(path)) return 'User';
  if (/subjects\.1/.test(path)) return 'Group';
  if (/serviceAccounts|subjects\.2/.test(path)) return 'ServiceAccount';
  if (/subjects\.3/.test(path)) return 'WorkloadIdentity';
  if (/identityProvider/.test(path)) return 'IdentityProvider';
  if (/clusters/.test(path)) return 'Cluster';
  if (/policy/.test(path)) return 'RequestPolicy';
  return /role/.test(path) ? 'Role' : 'Project';
}

/** What stands for itself: a name that the own organization may well use too. An id is taken where documents carry one. */
function foreignText(steps: readonly string[], ground: Ground, choice: Choice): string {
  if (steps.at(-1) === 'id') return foreignId(ground, choice);
  return THEIRS;
}

function headersOf(
  { isConditional, isIdempotent }: Operation,
  expects: ForeignRequest['expects'],
  choice: Choice,
): Record<string, string> {
  if (expects === 'notFound' && isConditional) return choice.index(2) === 0 ? { 'if-match': '"1"' } : {};
  // The other owner has used it, for the like of what this one asks for.
  if (expects === 'own' && isIdempotent) return choice.index(2) === 0 ? { 'idempotency-key': SHARED_KEY + THEIRS } : {};
  return {};
}

/**
 * Operations in which a name or an id can stand; those that are open to everyone are about whatever they name. Streams of events
 * have no end that could be waited for, and tests of their own.
 */
export const FUZZED: readonly OperationName[] = (Object.keys(operations) as OperationName[]).filter(
  (name) => LISTED[name]?.permission !== 'public' && LISTED[name]?.isEventStream !== true && placesOf(name).length > 0,
);
