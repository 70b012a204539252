import { silentLogger } from '@sallyport/core';
import { expect, it } from 'vitest';
import { StoreError, type StoreErrorCode } from '../stores/errors.ts';
import { problemHandler } from './problem.ts';

/** What a caller is answered with when an operation throws `error`. */
function answerTo(error: unknown) {
  const answer = { status: 0, headers: new Map<string, string>(), body: '' };
  const response = {
    headersSent: false,
    statusCode: 0,
    setHeader(name: string, value: string) {
      answer.headers.set(name, value);
    },
    end(body: Buffer) {
      answer.status = response.statusCode;
      answer.body = body.toString();
    },
  };
  const request = { method: 'GET', path: '/x' };
  problemHandler({ logger: silentLogger })(error, request as never, response as never, () => {});
  return answer;
}

it.each<StoreErrorCode>(['ERR_STORE_UNREACHABLE', 'ERR_STORE_BUSY'])(
  'asks to come again soon when the database is not to be had for now (%s)',
  (code) => {
    const { status, headers, body } = answerTo(new StoreError({ code, message: 'connect ECONNREFUSED db.internal' }));
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(JSON.parse(body)).toMatchObject({ code: 'ERR_API_STALE', nextStep: 'Try again in a moment.' });
    expect(body).not.toContain('db.internal');
  },
);

it('tells of any other failure by its code only, and promises nothing', () => {
  const { status, headers, body } = answerTo(new StoreError({ code: 'ERR_STORE_FAILED', message: 'key 7 of db' }));
  expect(status).toBe(500);
  expect(headers.has('retry-after')).toBe(false);
  expect(JSON.parse(body)).toMatchObject({
    code: 'ERR_API_INTERNAL',
    detail: 'the server failed with ERR_STORE_FAILED',
  });
});
