import type { RequestAttributes } from '@sallyport/core';
import { showWord } from './describe.ts';
import { isSecrets } from './privileges/content-questions.ts';
import type { AccessQuery, Reason } from './query.ts';
import type { EffectiveSetting, EffectiveSettings } from './settings.ts';

/** Permission under which a role reads Secrets where the settings restrict that. */
export const SECRETS_PERMISSION = 'secrets.read';

/**
 * Why the settings refuse a request (or, without `attributes`, a credential for requests of that origin), or `undefined`. What a
 * setting needs to know and the query doesn't tell is a refusal. Web sessions and command lines are matters of people: service
 * accounts and workloads have no browser. A shell that a page of the web UI opens in a pod is kubectl in the browser, too.
 */
export function settingsDenial({
  principal,
  settings,
  origin,
  attributes,
}: Pick<AccessQuery, 'principal' | 'settings' | 'origin'> & Partial<Pick<AccessQuery, 'attributes'>>):
  | Reason
  | undefined {
  if (settings === undefined) return undefined;
  const { disableCliKubectl, disableWebKubectl, requireWebSession, ipRanges } = settings;
  const isPerson = principal.kind === 'user';
  const isCommandLine = origin === undefined || origin.channel === 'kubectl';
  if (isPerson && isCommandLine && disableCliKubectl !== undefined) {
    return reasonOf('kubectl outside the browser is switched off; use kubectl in the web UI', disableCliKubectl);
  }
  if ((origin === undefined || origin.channel === 'webKubectl') && disableWebKubectl !== undefined) {
    return reasonOf('kubectl in the browser is switched off', disableWebKubectl);
  }
  const isShellOfPage = origin?.channel === 'web' && attributes !== undefined && isTerminal(attributes);
  if (isShellOfPage && disableWebKubectl !== undefined) {
    return reasonOf('shells in the browser are switched off', disableWebKubectl);
  }
  if (isPerson && isCommandLine && origin?.hasWebSession !== true && requireWebSession !== undefined) {
    return reasonOf('kubectl works only while you are signed in to the web UI; sign in there', requireWebSession);
  }
  if (ipRanges !== undefined && !(origin !== undefined && ipRanges.value.every((one) => origin.isAddressIn(one)))) {
    return reasonOf(`requests from ${showWord(origin?.address ?? 'an unknown address')} are not allowed`, ipRanges);
  }
  return undefined;
}

/**
 * Whether the settings demand {@link SECRETS_PERMISSION} of the role that allows a request: for everything on Secrets but
 * creating and replacing them, because a patch, and often a deletion, answers with the whole object.
 */
export function isRestrictedToSecretReaders(
  settings: EffectiveSettings | undefined,
  action: RequestAttributes,
): boolean {
  if (settings?.secretsForAdminsOnly === undefined || !isSecrets(action)) return false;
  return action.verb !== 'create' && action.verb !== 'update';
}

/** What a kubelet serves that runs nothing. All else behind `nodes/proxy` may run commands in pods: `exec`, `run`, `cri`. */
const HARMLESS = new Set([
  'metrics',
  'stats',
  'logs',
  'containerLogs',
  'healthz',
  'pods',
  'runningpods',
  'spec',
  'configz',
]);

/** Whether a request opens a terminal, or may do so past all that could be recorded: by the API of a node. */
export function isTerminal(attributes: RequestAttributes): boolean {
  if (attributes.kind !== 'resource') return false;
  const { verb, apiGroup, resource, subresource, remainder } = attributes;
  if (subresource === 'exec' || subresource === 'attach') return true;
  if (apiGroup !== '' || resource !== 'nodes') return false;
  if (verb === 'proxy') return true;
  if (subresource !== 'proxy') return false;
  const [first = '', ...rest] = remainder.split('/');
  // What two readers could take apart differently is none of these. A trailing slash leaves one empty segment.
  const isPlain = rest.slice(0, -1).every((segment) => segment !== '') && !/(?:^|\/)\.\.?(?:\/|$)|\\/.test(remainder);
  return !(isPlain && HARMLESS.has(first));
}

/** A sentence of the settings, with where they are made. */
export function reasonOf(message: string, { from }: EffectiveSetting<unknown>): Reason {
  const [first] = from;
  const levels = from.map(({ level, name }) => `${level} ${showWord(name)}`).join(' and ');
  return {
    message: `${message} (set by ${levels})`,
    ...(first !== undefined && { source: `settings/${first.level}/${first.name}` }),
  };
}
