/**
 * Signatures of webhooks as Standard Webhooks has them: {@link signWebhook} for those who send, {@link findWebhookProblem} for
 * those who receive. Bodies are signed as text, byte for byte: check what arrived before it is parsed.
 *
 * @packageDocumentation
 */
export type { SignatureProblem, WebhookHeaders } from './standard-webhooks.ts';
export {
  findWebhookProblem,
  isEqualSignature,
  isTimely,
  SIGNATURE_WINDOW_SECONDS,
  signWebhook,
} from './standard-webhooks.ts';
