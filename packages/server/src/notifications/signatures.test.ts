import { describe, expect, it } from 'vitest';
import { findSlackProblem } from './signatures.ts';

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
