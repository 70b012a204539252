import { describe, expect, it } from 'vitest';
import { findWebhookProblem, signWebhook } from './standard-webhooks.ts';

describe('Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const at = new Date(1_614_265_330_000);
  const body = '{"test": 2432232314}';
  const signed = signWebhook(secret, { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, body });

  it('signs as the published example does', () => {
    expect(signed).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('takes what it signed, also behind a signature that is not known', () => {
    expect(findWebhookProblem(secret, signed, body, at)).toBeUndefined();
    const several = { ...signed, 'webhook-signature': `v1a,xyz ${'v1,AAAA'} ${signed['webhook-signature']}` };
    expect(findWebhookProblem(secret, several, body, at)).toBeUndefined();
  });

  it.each([
    ['another body', {}, `${body} `, 0, 'has a wrong signature'],
    ['another id', { 'webhook-id': 'msg_other' }, body, 0, 'has a wrong signature'],
    ['another time', { 'webhook-timestamp': '1614265331' }, body, 0, 'has a wrong signature'],
    [
      'another version',
      { 'webhook-signature': signed['webhook-signature'].replace('v1', 'v2') },
      body,
      0,
      'has a wrong signature',
    ],
    ['no signature', { 'webhook-signature': undefined }, body, 0, 'is not signed'],
    ['a timestamp that is none', { 'webhook-timestamp': '1e9' }, body, 0, 'has an old or future timestamp'],
    ['a signature of six minutes ago', {}, body, 360_000, 'has an old or future timestamp'],
    ['a signature of the future', {}, body, -360_000, 'has an old or future timestamp'],
  ])('SEC-E09 refuses %s', (_, headers, text, laterMs, problem) => {
    const then = new Date(at.getTime() + laterMs);
    expect(findWebhookProblem(secret, { ...signed, ...headers }, text, then)).toBe(problem);
  });

  it('SEC-E09 refuses what was signed with another secret', () => {
    const other = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    expect(findWebhookProblem(other, signed, body, at)).toBe('has a wrong signature');
  });
});
