import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { SIGNATURE_WINDOW_SECONDS, signWebhook } from '../webhooks/index.ts';

/** What a receiver makes of a delivery: it does what that asks for, knows it already and does nothing, or takes it for no delivery. */
export type WebhookOutcome = 'handled' | 'known' | 'refused';

/** Makes the receiver under test, which knows `secret` and goes by `now`. Called once for each case. */
export type WebhookReceiverSetup = (
  secret: string,
  now: () => Date,
) =>
  | ((headers: Readonly<Record<string, string>>, body: string) => WebhookOutcome | Promise<WebhookOutcome>)
  | Promise<(headers: Readonly<Record<string, string>>, body: string) => WebhookOutcome | Promise<WebhookOutcome>>;

/** One thing that every receiver must do. Free of any test runner: `run` rejects when it does not hold. */
export interface WebhookReceiverConformanceCase {
  readonly name: string;
  run(setup: WebhookReceiverSetup): Promise<void>;
}

const AT = new Date('2026-01-01T00:00:00Z');
const aSecret = () => `whsec_${randomBytes(24).toString('base64')}`;
const body = JSON.stringify({ type: 'access-request.created', data: { text: 'é "quoted"\n' } });

/** What whoever receives notifications owes itself. */
export const webhookReceiverConformance: readonly WebhookReceiverConformanceCase[] = [
  {
    name: 'handles what is signed under its secret',
    run: async (setup) => {
      const secret = aSecret();
      const receive = await setup(secret, () => AT);
      assert.equal(await receive(signWebhook(secret, { id: 'a', at: AT, body }), body), 'handled');
    },
  },
  {
    name: 'handles a delivery once, however often it comes',
    run: async (setup) => {
      const secret = aSecret();
      let now = AT;
      const receive = await setup(secret, () => now);
      assert.equal(await receive(signWebhook(secret, { id: 'a', at: now, body }), body), 'handled');
      now = new Date(AT.getTime() + 2 * SIGNATURE_WINDOW_SECONDS * 1_000);
      assert.equal(await receive(signWebhook(secret, { id: 'a', at: now, body }), body), 'known');
      assert.equal(await receive(signWebhook(secret, { id: 'b', at: now, body }), body), 'handled');
    },
  },
  {
    name: 'takes one good signature among several, as there are while a secret is replaced',
    run: async (setup) => {
      const [former, secret] = [aSecret(), aSecret()];
      const receive = await setup(secret, () => AT);
      const [old, ours] = [former, secret].map((each) => signWebhook(each, { id: 'a', at: AT, body }));
      const both = { ...ours, 'webhook-signature': `${old?.['webhook-signature']} ${ours?.['webhook-signature']}` };
      assert.equal(await receive(both as Record<string, string>, body), 'handled');
    },
  },
  {
    name: 'refuses another body, another id, another time, and another secret',
    run: async (setup) => {
      const secret = aSecret();
      const receive = await setup(secret, () => AT);
      const signed = signWebhook(secret, { id: 'a', at: AT, body });
      const later = String(AT.getTime() / 1_000 + 1);
      assert.equal(await receive(signed, `${body} `), 'refused');
      assert.equal(await receive({ ...signed, 'webhook-id': 'b' }, body), 'refused');
      assert.equal(await receive({ ...signed, 'webhook-timestamp': later }, body), 'refused');
      assert.equal(await receive(signWebhook(aSecret(), { id: 'a', at: AT, body }), body), 'refused');
    },
  },
  {
    name: 'refuses what is not signed, or half',
    run: async (setup) => {
      const secret = aSecret();
      const receive = await setup(secret, () => AT);
      const signed: Readonly<Record<string, string>> = signWebhook(secret, { id: 'a', at: AT, body });
      for (const name of Object.keys(signed)) {
        const { [name]: _, ...others } = signed;
        assert.equal(await receive(others, body), 'refused', `without ${name}`);
      }
      assert.equal(await receive({ ...signed, 'webhook-signature': 'v1,' }, body), 'refused');
    },
  },
  {
    name: 'refuses what was signed long ago, or in the future',
    run: async (setup) => {
      const secret = aSecret();
      const receive = await setup(secret, () => AT);
      for (const seconds of [-SIGNATURE_WINDOW_SECONDS - 1, SIGNATURE_WINDOW_SECONDS + 1]) {
        const at = new Date(AT.getTime() + seconds * 1_000);
        assert.equal(await receive(signWebhook(secret, { id: 'a', at, body }), body), 'refused');
      }
    },
  },
];
