import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the time of a signature may be from ours, in seconds. */
export const SIGNATURE_WINDOW_SECONDS = 300;

/** Why a signature is not taken. */
export type SignatureProblem = 'is not signed' | 'has an old or future timestamp' | 'has a wrong signature';

/** What Standard Webhooks sends along with a body. */
export type WebhookHeaders = Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>>;

/** Signs a body under Standard Webhooks (symmetric, version 1): HMAC-SHA256 over `id.timestamp.body`, base64. */
export function signWebhook(secret: string, { id, at, body }: { id: string; at: Date; body: string }): WebhookHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${webhookHmac(secret, id, timestamp, body).toString('base64')}`,
  };
}

/** Checks a body that claims to be signed under Standard Webhooks; one good signature among several is enough. */
export function findWebhookProblem(
  secret: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  at: Date,
): SignatureProblem | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  if (!id || !timestamp || !signature) return 'is not signed';
  if (!isTimely(timestamp, at)) return 'has an old or future timestamp';
  const expected = webhookHmac(secret, id, timestamp, body);
  const isGood = signature
    .split(' ', MAX_SIGNATURES)
    .some((each) => each.startsWith('v1,') && isEqualSignature(Buffer.from(each.slice(3), 'base64'), expected));
  return isGood ? undefined : 'has a wrong signature';
}

/** Whether the timestamp of a signature, in Unix seconds, lies within {@link SIGNATURE_WINDOW_SECONDS} of `at`. */
export function isTimely(timestamp: string, at: Date): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) - at.getTime() / 1_000) <= SIGNATURE_WINDOW_SECONDS;
}

/** Compares two signatures in a time that does not tell where they differ. */
export function isEqualSignature(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

const MAX_SIGNATURES = 8;
const WEBHOOK_SECRET_PREFIX = 'whsec_';

function webhookHmac(secret: string, id: string, timestamp: string, body: string): Buffer {
  const key = Buffer.from(secret.slice(WEBHOOK_SECRET_PREFIX.length), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
}
