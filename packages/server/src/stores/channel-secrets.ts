import type { KindSpec, NotificationChannelType } from '@sallyport/core/api';
import type { Transaction } from 'kysely';
import type { Envelope } from './envelope.ts';
import type { RecordOf, Writable } from './records.ts';
import type { Database } from './schema.ts';

type Spec = KindSpec<'NotificationChannel'>;

/** Secrets of a notification channel by name. */
export type ChannelSecrets = Readonly<Record<string, string>>;

/** Which fields of each type of channel are secret. */
export const CHANNEL_SECRETS = {
  slack: ['botToken', 'signingSecret'],
  teams: ['webhookUrl'],
  email: [],
  webhook: ['secret'],
  pagerDuty: ['routingKey'],
  serviceNow: ['password'],
  jira: ['apiToken'],
} as const satisfies { readonly [Type in NotificationChannelType]: readonly (keyof NonNullable<Spec[Type]>)[] };

/** What the sealed secrets of a channel are bound to. */
export const channelSecretsContext = (id: string): string => `notificationChannel/${id}`;

/** Where a channel leads. Its schema lets exactly one stand. */
export function channelTypeOf(spec: Spec): NotificationChannelType {
  const found = (Object.keys(CHANNEL_SECRETS) as NotificationChannelType[]).find((type) => spec[type] !== undefined);
  if (found === undefined) throw new TypeError('a notification channel leads nowhere');
  return found;
}

/** The secrets that a document states. */
export function channelSecretsIn(spec: Spec): ChannelSecrets {
  const type = channelTypeOf(spec);
  const target = spec[type] as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    CHANNEL_SECRETS[type].flatMap((name) => (typeof target[name] === 'string' ? [[name, target[name]]] : [])),
  );
}

/** A spec as it is kept: secrets are sealed beside it, and the service account is referred to by id. */
export function withoutChannelSecrets(spec: Spec): Spec {
  const type = channelTypeOf(spec);
  const hidden: readonly string[] = [...CHANNEL_SECRETS[type], 'reviewsAs'];
  const target = Object.entries(spec[type] as object).filter(([name]) => !hidden.includes(name));
  return { ...spec, [type]: Object.fromEntries(target) };
}

/** Columns of the secrets of a channel that is written: new ones, and of those before the ones that it is to keep. */
export async function channelSecretColumns(
  db: Transaction<Database>,
  envelope: Envelope,
  { id, spec, secretNames }: Writable<RecordOf['NotificationChannel']>,
): Promise<{ readonly secret_names: string; readonly secrets: string | null }> {
  const stated = channelSecretsIn(spec);
  const kept = Object.entries(await readChannelSecrets(db, envelope, id)).filter(([name]) =>
    secretNames.includes(name),
  );
  const secrets = { ...Object.fromEntries(kept), ...stated };
  const names = Object.keys(secrets).sort();
  return {
    secret_names: JSON.stringify(names),
    secrets: names.length === 0 ? null : envelope.seal(JSON.stringify(secrets), channelSecretsContext(id)),
  };
}

/** The secrets of a channel; none of one that is not there. */
export async function readChannelSecrets(
  db: Pick<Transaction<Database>, 'selectFrom'>,
  envelope: Envelope,
  id: RecordOf['NotificationChannel']['id'],
): Promise<ChannelSecrets> {
  const row = await db.selectFrom('notification_channels').select('secrets').where('id', '=', id).executeTakeFirst();
  if (row === undefined || row.secrets === null) return {};
  return JSON.parse(envelope.open(row.secrets, channelSecretsContext(id)).reveal()) as ChannelSecrets;
}
