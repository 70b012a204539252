import type { ApiClient, RequestableList } from '@sallyport/core/api';
import { type AskContext, createAsker } from '../input/asker.ts';
import { neutralise } from '../output/neutralise.ts';
import { readDuration } from './duration-flag.ts';
import { missingFlags, type WishChoice } from './wish.ts';

/** Where what can be asked for is looked up. */
export interface FillInOptions {
  readonly context: AskContext;
  readonly api: Pick<ApiClient, 'listRequestable'>;
  readonly organization: string;
}

/**
 * Asks a person at a terminal for what the flags leave open. An empty answer leaves it open: whoever uses the flags says what
 * is missing.
 */
export async function fillIn<Choice extends WishChoice>(
  flags: Choice,
  { context, api, organization }: FillInOptions,
): Promise<Choice> {
  const missing = new Set(missingFlags(flags));
  const asker = createAsker(context);
  const ask = async (question: string) => (await asker.ask(question)) || undefined;
  try {
    const cluster = missing.has('--cluster') ? await ask('Cluster: ') : undefined;
    const namespace = cluster !== undefined && !namesNamespaces(flags) ? await ask('Namespace, or all: ') : undefined;
    const named = {
      ...flags,
      ...(cluster !== undefined && { cluster: [cluster] }),
      ...(namespace !== undefined && namespace !== 'all' && { namespace: [namespace] }),
    };
    const { items } =
      missing.has('--role') || missing.has('--duration')
        ? await api.listRequestable({ organization, ...(named.cluster?.length === 1 && { cluster: named.cluster[0] }) })
        : { items: [] };
    const role = missing.has('--role') ? await ask(`Role${choices(items)}: `) : undefined;
    const chosen = items.filter((item) => item.role === (role ?? flags.role));
    const duration = missing.has('--duration') ? await ask(`For how long${longest(chosen)}: `) : undefined;
    const reason = missing.has('--reason') ? await ask('Reason, for the reviewers: ') : undefined;
    return {
      ...named,
      ...(role !== undefined && { role }),
      ...(duration !== undefined && { duration: readDuration(duration) }),
      ...(reason !== undefined && { reason }),
    };
  } finally {
    await asker.close();
  }
}

function namesNamespaces(flags: WishChoice): boolean {
  return flags.namespace !== undefined || flags['namespace-selector'] !== undefined;
}

function choices(items: RequestableList['items']): string {
  const roles = [...new Set(items.map(({ role }) => neutralise(role)))];
  return roles.length === 0 ? '' : ` (${roles.join(', ')})`;
}

function longest(items: RequestableList['items']): string {
  const durations = [...new Set(items.map(({ maxDuration }) => maxDuration))];
  return durations.length === 0 ? '' : ` (at most ${durations.join(' or ')})`;
}
