import { describe, expect, it } from 'vitest';
import { findSlackProblem, findWebhookProblem, signWebhook } from './signatures.ts';

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

describe('callbacks of Slack', () => {
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  const at = new Date(1_531_420_618_000);

  it('are taken when they are signed as the published example is', () => {
    expect(findSlackProblem(secret, headers, body, at)).toBeUndefined();
  });

  it.each([
    ['another body', {}, `${body}&x=1`, 0, 'has a wrong signature'],
    ['another time', { 'x-slack-request-timestamp': '1531420619' }, body, 0, 'has a wrong signature'],
    [
      'a shorter signature',
      { 'x-slack-signature': headers['x-slack-signature'].slice(0, -2) },
      body,
      0,
      'has a wrong signature',
    ],
    ['no signature', { 'x-slack-signature': undefined }, body, 0, 'is not signed'],
    ['a signature of six minutes ago', {}, body, 360_000, 'has an old or future timestamp'],
  ])('SEC-E09 are refused with %s', (_, changed, text, laterMs, problem) => {
    const then = new Date(at.getTime() + laterMs);
    expect(findSlackProblem(secret, { ...headers, ...changed }, text, then)).toBe(problem);
  });
});
