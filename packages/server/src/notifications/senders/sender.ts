import type { KindSpec, NotificationChannelType } from '@sallyport/core/api';
import type { ChannelSecrets } from '../../stores/channel-secrets.ts';
import type { Outbound } from '../outbound.ts';
import type { NotificationView } from '../view.ts';

/** One notification on its way to one channel. */
export interface Delivery<Type extends NotificationChannelType> {
  readonly view: NotificationView;
  /** Where the channel leads, without secrets. */
  readonly target: NonNullable<KindSpec<'NotificationChannel'>[Type]>;
  readonly secrets: ChannelSecrets;
  /** What the receiver calls the message about the same subject that was sent before. */
  readonly reference?: string;
  /** When it is sent. */
  readonly at: Date;
}

/** What came of sending. */
export interface Sent {
  /** What the receiver calls the message; later ones about the same subject change it or are put beside it. */
  readonly reference?: string;
}

/**
 * Sends one notification.
 * @throws NotificationError
 */
export type Sender<Type extends NotificationChannelType> = (
  outbound: Outbound,
  delivery: Delivery<Type>,
) => Promise<Sent>;

/** A secret that the channel was made with. */
export function secretOf(secrets: ChannelSecrets, name: string): string {
  const secret = secrets[name];
  if (secret === undefined) throw new TypeError(`the channel has no ${name}`);
  return secret;
}

/** Headers of a JSON body. */
export const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** `Authorization` with a name and a password (RFC 7617). */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
