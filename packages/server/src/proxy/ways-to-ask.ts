import type { RequestableRole } from '@sallyport/authz';
import { formatDuration, isDnsLabel, type RequestAttributes } from '@sallyport/core';

/** Where somebody was denied. */
export interface DeniedAt {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly attributes: RequestAttributes;
}

/** Longest time that is proposed, in milliseconds: people ask for more when they need it. */
const USUAL_MS = 3_600_000;
/** Most roles that are proposed; the page behind each link has the others. */
const MAX_PROPOSED = 2;

/**
 * Lines for a terminal that say how to ask for what was denied: for the first of the roles that may be asked for there, the
 * command and the address of the page. None when nothing may be asked for.
 *
 * A namespace comes from whoever made the request: one that can't be the name of a namespace is no place to ask for, and no
 * line is made of it. All other words are names of ours; whatever is not plain is quoted for the shell and for the address.
 * @param publicUrl base of the addresses; absent: commands only
 */
export function waysToAsk(
  requestable: readonly RequestableRole[],
  { cluster, attributes }: DeniedAt,
  publicUrl?: string,
): readonly string[] {
  const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
  if (namespace !== '' && !isDnsLabel(namespace)) return [];
  return requestable.slice(0, MAX_PROPOSED).flatMap(({ role, maxDurationMs }) => {
    const asked = { cluster, ...(namespace !== '' && { namespace }), role };
    return [
      `Ask for role ${shellWord(role)}:`,
      `  ${commandFor(asked, maxDurationMs)}`,
      ...(publicUrl === undefined ? [] : [`  ${publicUrl}/access/new?${new URLSearchParams(asked)}`]),
    ];
  });
}

function commandFor(asked: Readonly<Record<string, string>>, maxDurationMs: number): string {
  const flags = { ...asked, duration: formatDuration(Math.min(USUAL_MS, maxDurationMs)) };
  const words = Object.entries(flags).map(([name, value]) => `--${name} ${shellWord(value)}`);
  return `sallyport access request ${words.join(' ')} --reason '...'`;
}

/** A word that shells take literally, bare where it is plain. What moves a cursor or turns text around is taken out. */
function shellWord(text: string): string {
  if (/^[a-zA-Z0-9][\w.:/@-]*$/.test(text)) return text;
  return `'${text.replace(UNPRINTABLE, '').replaceAll("'", "'\\''")}'`;
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
