import { createHmac } from 'node:crypto';
import { isEqualSignature, isTimely, type SignatureProblem } from '@sallyport/core/webhooks';

/** Checks a body that claims to come from Slack: `v0=` and HMAC-SHA256 over `v0:timestamp:body`, hex. */
export function findSlackProblem(
  signingSecret: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  at: Date,
): SignatureProblem | undefined {
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = headers;
  if (!timestamp || !signature) return 'is not signed';
  if (!isTimely(timestamp, at)) return 'has an old or future timestamp';
  const expected = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest();
  const isGood =
    /^v0=[0-9a-f]{64}$/.test(signature) && isEqualSignature(Buffer.from(signature.slice(3), 'hex'), expected);
  return isGood ? undefined : 'has a wrong signature';
}
