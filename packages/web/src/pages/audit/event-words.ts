import type { AuditEventResource } from '@sallyport/core/api';

/** A part of a sentence: `strong` for what it is about. */
export interface Phrase {
  readonly text: string;
  readonly isStrong?: true;
}

/** How an event came out, for its gate. */
export type EventResult = 'allowed' | 'refused' | 'failed' | 'cut' | 'running' | 'noted';

const DONE: Readonly<Record<string, string>> = {
  get: 'read',
  list: 'listed',
  watch: 'watched',
  create: 'created',
  update: 'changed',
  patch: 'changed',
  delete: 'deleted',
  deletecollection: 'deleted all',
};
const DONE_TO_A_POD: Readonly<Record<string, string>> = {
  exec: 'ran a command in',
  attach: 'attached to',
  portforward: 'forwarded a port of',
  log: 'read the logs of',
  ephemeralcontainers: 'added a debug container to',
  eviction: 'evicted',
  proxy: 'reached through',
};
/** Endings of a request that were not asked for. */
const CUT: readonly string[] = ['reset', 'tunnelLost', 'accessEnded', 'interrupted'];

/** How an event came out. */
export function resultOf({ code, decision, outcome }: AuditEventResource): EventResult {
  if (decision?.effect === 'deny' || outcome?.ended === 'refused') return 'refused';
  if (outcome !== undefined && CUT.includes(outcome.ended)) return 'cut';
  if (outcome !== undefined && outcome.status >= 400) return 'failed';
  if (decision === undefined) return /\.(failed|locked|denied|refused)$/.test(code) ? 'failed' : 'noted';
  return outcome === undefined ? 'running' : 'allowed';
}

/** What somebody sees of an event at its end: `allowed`, `403`, `ended with the access`. */
export function resultWords(event: AuditEventResource): string {
  const { outcome } = event;
  const result = resultOf(event);
  if (result === 'noted' || result === 'refused' || result === 'running') return result === 'noted' ? '' : result;
  if (outcome === undefined) return result;
  if (outcome.ended === 'accessEnded') return 'access ended';
  if (outcome.ended === 'tunnelLost') return 'tunnel lost';
  return result === 'cut' ? outcome.ended : String(outcome.status);
}

/** What an event says, as the parts of one sentence without its end. */
export function sentenceOf(event: AuditEventResource, ownPrincipalId?: string): readonly Phrase[] {
  const { principal, request, code } = event;
  const isOwn = principal !== undefined && principal.id === ownPrincipalId;
  const who = principal === undefined ? 'Sallyport' : isOwn ? 'You' : principal.userName;
  const attributes = request?.attributes;
  if (attributes === undefined || !code.startsWith('proxy.')) {
    return [{ text: who, isStrong: true }, { text: `: ${codeWords(code)}` }, ...placeOf(event)];
  }
  const isRefused = resultOf(event) === 'refused';
  const refused = isRefused ? [{ text: isOwn ? ' were refused: ' : ' was refused: ' }] : [{ text: ' ' }];
  return [{ text: who, isStrong: true }, ...refused, ...(isRefused ? asked(event) : done(event)), ...placeOf(event)];
}

function done({ request }: AuditEventResource): readonly Phrase[] {
  const { verb = '', subresource = '' } = request?.attributes ?? {};
  if (request?.attributes?.kind === 'nonResource') {
    return [{ text: 'asked for ' }, { text: `${request.method} ${request.path}`, isStrong: true }];
  }
  const words = DONE_TO_A_POD[subresource];
  const text = words ?? `${DONE[verb] ?? `used ${verb} on`}${subresource === '' ? '' : ` the ${subresource} of`}`;
  return [{ text: `${text} ` }, { text: objectOf(request), isStrong: true }];
}

function asked({ request }: AuditEventResource): readonly Phrase[] {
  const attributes = request?.attributes;
  if (request === undefined || attributes?.kind !== 'resource') {
    return [{ text: `${request?.method} ${request?.path}`, isStrong: true }];
  }
  const { verb, subresource } = attributes;
  return [
    { text: `${verb}${subresource === undefined ? '' : ` ${subresource} of`} ` },
    { text: objectOf(request), isStrong: true },
  ];
}

/** `deployments payout-worker`, `pods`. */
function objectOf(request: AuditEventResource['request']): string {
  const { resource = '', name = '' } = request?.attributes ?? {};
  return name === '' ? resource : `${resource} ${name}`;
}

function placeOf({ clusterName, clusterId, request }: AuditEventResource): readonly Phrase[] {
  const cluster = clusterName ?? clusterId;
  const namespace = request?.attributes?.namespace;
  return [
    ...(namespace === undefined ? [] : [{ text: ' in ' }, { text: namespace, isStrong: true } as const]),
    ...(cluster === undefined ? [] : [{ text: ' on ' }, { text: cluster, isStrong: true } as const]),
  ];
}

/** `access_request.broke_glass` as words: "access request broke glass". */
export function codeWords(code: string): string {
  return code.replace(/[._]/g, ' ');
}

/** What a request asked for, for the second line of a row: `apps/v1 deployments/payout-worker`, or its path. */
export function requestTarget({ request, details = {} }: AuditEventResource): string {
  const attributes = request?.attributes;
  if (attributes?.kind !== 'resource') return request?.path ?? detailWords(details);
  const { apiGroup = '', apiVersion = '', resource = '', subresource, name } = attributes;
  const group = [apiGroup, apiVersion].filter((word) => word !== '').join('/');
  return `${group} ${[resource, name, subresource].filter((word) => word !== undefined && word !== '').join('/')}`.trim();
}

/** Details as words: `reason=wrong password`. */
function detailWords(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}=${detailText(value)}`)
    .join(' ');
}

/** One detail as text. */
export function detailText(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** One numbered reason. */
export interface ReasonStep {
  readonly text: string;
  readonly note?: string;
  /** Id of the grant or request that the reason names. */
  readonly id?: string;
}

const NAMED_ID = /\b(?:gnt|req)_[0-9a-z]{20,32}\b/;

/** Why a request was decided as it was: each reason a sentence, what the cluster saw of it, and by which policy. */
export function reasonsOf({ decision, outcome }: AuditEventResource): readonly ReasonStep[] {
  if (decision === undefined) return [];
  const { reasons, impersonatedUser, impersonatedGroups = [], snapshotVersion } = decision;
  const steps = reasons.map((reason): ReasonStep => {
    const id = NAMED_ID.exec(reason)?.[0];
    return { text: asSentence(reason), ...(id !== undefined && { id }) };
  });
  const seen =
    impersonatedUser === undefined
      ? []
      : [
          {
            text: `The cluster saw ${impersonatedUser}`,
            ...(impersonatedGroups.length > 0 && { note: `in ${impersonatedGroups.join(', ')}` }),
          },
        ];
  const ending = outcome?.reason === undefined ? [] : [{ text: asSentence(outcome.reason) }];
  return [...steps, ...seen, ...ending, { text: 'Decided here', note: `policy version ${snapshotVersion}` }];
}

function asSentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
