import { describe, expect, it } from 'vitest';
import { planSecrets } from './plan-secrets.ts';

interface Spec {
  readonly webhook?: { readonly url: string; readonly secret?: string };
  readonly s3?: { readonly endpoint: string; readonly accessKeyId: string; readonly secretAccessKey?: string };
}
const form = {
  typeOf: (spec: Spec) => (spec.webhook === undefined ? ('s3' as const) : ('webhook' as const)),
  statedIn({ webhook, s3 }: Spec) {
    const { secret } = webhook ?? {};
    const { secretAccessKey } = s3 ?? {};
    return { ...(secret !== undefined && { secret }), ...(secretAccessKey !== undefined && { secretAccessKey }) };
  },
};
const demanded = { webhook: ['secret'], s3: ['secretAccessKey'] } as const;
const plan = (spec: Spec, before?: Spec) =>
  planSecrets(form, demanded, spec, before && { spec: before, secretNames: Object.keys(form.statedIn(before)) });

describe('secrets of what leads to a receiver', () => {
  const hook = { webhook: { url: 'https://a.example.com', secret: 'x' } };
  const store = { s3: { endpoint: 'https://s3.example.com', accessKeyId: 'AK', secretAccessKey: 'y' } };

  it('are those that are stated, and without a statement those of before', () => {
    expect(plan(hook)).toEqual({ secretNames: ['secret'], areStated: true });
    expect(plan({ webhook: { url: hook.webhook.url } }, hook)).toEqual({ secretNames: ['secret'], areStated: false });
  });

  it.each<[string, Spec, Spec]>([
    ['another address', { webhook: { url: 'https://b.example.com' } }, hook],
    ['another account', { s3: { endpoint: store.s3.endpoint, accessKeyId: 'other' } }, store],
    ['another store', { s3: { endpoint: 'https://other.example.com', accessKeyId: 'AK' } }, store],
    ['another type', { webhook: { url: store.s3.endpoint } }, store],
    ['nothing of before', { webhook: { url: hook.webhook.url } }, { webhook: { url: hook.webhook.url } }],
  ])('SEC-E09 must be stated anew for %s', (_, spec, before) => {
    expect(() => plan(spec, before)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('is missing') }) as Error,
    );
  });
});
