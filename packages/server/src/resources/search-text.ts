import type { KindName } from '@sallyport/core/api';
import type { Snapshot } from '../snapshot.ts';

/** What a search looks through. */
export interface Searchable {
  readonly metadata: { readonly name: string; readonly id: string };
  readonly spec: unknown;
}

/** Records whose names stand in the specs of a kind: its texts are those of before while none of them changed. */
const NAMED_IN_SPECS: { readonly [Kind in KindName]: readonly (keyof Snapshot)[] } = {
  Installation: [],
  Organization: [],
  Project: [],
  Cluster: ['projects'],
  IdentityProvider: [],
  User: ['identityProviders'],
  ServiceAccount: [],
  WorkloadIdentity: [],
  Group: ['principals'],
  Role: [],
  Binding: ['principals', 'groups', 'roles', 'projects', 'clusters', 'identityProviders'],
  AccessPolicy: ['principals', 'groups', 'projects', 'clusters', 'identityProviders'],
  NotificationChannel: ['principals'],
  AuditSink: [],
  RequestPolicy: ['principals', 'groups', 'roles', 'projects', 'clusters', 'identityProviders'],
};

interface KeptText {
  readonly named: readonly unknown[];
  readonly text: string;
}

const keptTexts = new WeakMap<object, KeptText>();

/**
 * Makes what gives the text of a kind's records in the form in which searches compare: name, id and every text of the spec. Kept
 * with the record, which is the same object in every snapshot until it changes: describing ten thousand people for each search
 * would cost more than everything else about it.
 */
export function createSearchTexts(
  kind: KindName,
  snapshot: Snapshot,
): (record: object, describe: () => Searchable) => string {
  const named = NAMED_IN_SPECS[kind].map((part) => snapshot[part]);
  const isStanding = (kept: KeptText) => kept.named.every((part, i) => part === named[i]);
  return (record, describe) => {
    const kept = keptTexts.get(record);
    if (kept !== undefined && isStanding(kept)) return kept.text;
    const text = textOf(describe());
    keptTexts.set(record, { named, text });
    return text;
  };
}

/** The same of a resource that is described already. */
export function textOf({ metadata, spec }: Searchable): string {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) collect(part);
  };
  collect([metadata.name, metadata.id, spec]);
  return comparable(texts.join('\n'));
}

/** Letter case and Unicode form make no difference to a search. */
export function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
