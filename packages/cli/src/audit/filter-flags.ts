import { Flags } from '@oclif/core';
import { parseDuration } from '@sallyport/core';
import { AUDIT_EVENT_CATEGORIES, AUDIT_EVENT_SEVERITIES, type AuditFilterInput } from '@sallyport/core/api';
import { CliError } from '../errors.ts';

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const ENDS = ['completed', 'cancelled', 'reset', 'tunnelLost', 'accessEnded', 'refused', 'interrupted'];

const severalOf = (summary: string, options?: readonly string[]) =>
  Flags.string({
    summary: `${summary}; several are separated by commas`,
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    ...(options && { options: [...options] }),
  });
const one = (summary: string, helpValue = 'NAME') => Flags.string({ summary, helpValue });

/** Flags that say which time is meant. */
export const timeFlags = {
  since: Flags.string({ summary: 'from so long ago, or from this instant on', helpValue: '2h|2026-01-31T12:00:00Z' }),
  until: Flags.string({ summary: 'up to so long ago, or before this instant', helpValue: '1h|2026-01-31T13:00:00Z' }),
};

/** Flags that choose among audit events: one for each filter of the API. */
export const filterFlags = {
  ...timeFlags,
  code: severalOf('only these codes, e.g. login.failed'),
  category: severalOf('only these categories', AUDIT_EVENT_CATEGORIES),
  severity: severalOf('only these severities', AUDIT_EVENT_SEVERITIES),
  user: one('only what this user did'),
  principal: one('only what the principal of this id did', 'ID'),
  group: one('only what members of this group did'),
  cluster: Flags.string({ char: 'c', summary: 'only on this cluster', helpValue: 'NAME' }),
  project: one('only on the clusters of this project'),
  namespace: Flags.string({ char: 'n', summary: 'only about this namespace', helpValue: 'NAME' }),
  resource: one('only about this Kubernetes resource, e.g. pods', 'PLURAL'),
  name: one('only about the object of this name'),
  verb: severalOf('only these Kubernetes verbs', VERBS),
  'api-group': one('only this API group; core for the one without a name'),
  subresource: one('only this subresource, e.g. exec'),
  request: one('only the proxied request of this id', 'ID'),
  trace: one('only this W3C trace', 'ID'),
  'kubectl-session': one('only this call of kubectl', 'ID'),
  'login-session': one('only this login session', 'ID'),
  address: one('only from this address', 'ADDRESS'),
  effect: Flags.option({ summary: 'only what was decided so', options: ['allow', 'deny'] as const })(),
  ended: severalOf('only what ended so', ENDS),
  status: Flags.integer({ summary: 'only what was answered with this HTTP status', min: 100, max: 599 }),
  'error-code': one('only what failed with this code', 'CODE'),
  'access-request': one('only what names this access request', 'ID'),
  grant: one('only what names this grant, also as the reason of a decision', 'ID'),
  recording: one('only what belongs to this session recording', 'ID'),
};

/** What flags of {@link filterFlags} parse to. */
export interface FilterChoice extends TimeChoice {
  readonly code?: readonly string[] | undefined;
  readonly category?: readonly string[] | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly principal?: string | undefined;
  readonly group?: string | undefined;
  readonly cluster?: string | undefined;
  readonly project?: string | undefined;
  readonly namespace?: string | undefined;
  readonly resource?: string | undefined;
  readonly name?: string | undefined;
  readonly verb?: readonly string[] | undefined;
  readonly 'api-group'?: string | undefined;
  readonly subresource?: string | undefined;
  readonly request?: string | undefined;
  readonly trace?: string | undefined;
  readonly 'kubectl-session'?: string | undefined;
  readonly 'login-session'?: string | undefined;
  readonly address?: string | undefined;
  readonly effect?: 'allow' | 'deny' | undefined;
  readonly ended?: readonly string[] | undefined;
  readonly status?: number | undefined;
  readonly 'error-code'?: string | undefined;
  readonly 'access-request'?: string | undefined;
  readonly grant?: string | undefined;
  readonly recording?: string | undefined;
}

/** What flags of {@link timeFlags} parse to. */
export interface TimeChoice {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * The filters that flags ask for, and words to search for, as of `now` (milliseconds since the epoch).
 * @throws CliError `ERR_CLI_USAGE`
 */
export function filterOf(flags: FilterChoice, now: number, words: readonly string[] = []): AuditFilterInput {
  const joined = (values: readonly string[] | undefined) => values?.join(',');
  const filter = {
    ...timesOf(flags, now),
    code: joined(flags.code),
    category: joined(flags.category),
    severity: joined(flags.severity),
    user: flags.user,
    principal: flags.principal,
    group: flags.group,
    cluster: flags.cluster,
    project: flags.project,
    namespace: flags.namespace,
    resource: flags.resource,
    name: flags.name,
    verb: joined(flags.verb),
    apiGroup: flags['api-group'],
    subresource: flags.subresource,
    request: flags.request,
    trace: flags.trace,
    kubectlSession: flags['kubectl-session'],
    loginSession: flags['login-session'],
    sourceAddress: flags.address,
    effect: flags.effect,
    ended: joined(flags.ended),
    status: flags.status,
    errorCode: flags['error-code'],
    accessRequest: flags['access-request'],
    grant: flags.grant,
    recording: flags.recording,
    q: words.length > 0 ? words.join(' ') : undefined,
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/**
 * The time that flags ask for.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function timesOf({ since, until }: TimeChoice, now: number): { readonly from?: string; readonly to?: string } {
  return {
    ...(since !== undefined && { from: instantOf('since', since, now) }),
    ...(until !== undefined && { to: instantOf('until', until, now) }),
  };
}

function instantOf(flag: string, text: string, now: number): string {
  const at = /^(?:\d+(?:ms|s|m|h|d))+$/.test(text) ? now - parseDuration(text) : Date.parse(text);
  if (Number.isFinite(at) && Math.abs(at) <= 8.64e15) return new Date(at).toISOString();
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `--${flag} ${JSON.stringify(text.slice(0, 64))} is neither a duration nor an instant`,
    nextStep: 'Write it as 2h, or as 2026-01-31T12:00:00Z.',
  });
}
