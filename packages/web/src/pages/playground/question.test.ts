import { proxiedRequestSchema } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { explainCommand, readRequest, subjectOf } from './question.ts';

describe('a question of the playground', () => {
  for (const [text, want] of [
    ['create pods/exec web-0 -n shop', { verb: 'create', resource: 'pods/exec', name: 'web-0', namespace: 'shop' }],
    ['list secrets', { verb: 'list', resource: 'secrets' }],
    [
      'patch deployments.apps/scale web -n shop',
      { verb: 'patch', resource: 'deployments/scale', apiGroup: 'apps', name: 'web', namespace: 'shop' },
    ],
    [' get  -n shop  pods ', { verb: 'get', resource: 'pods', namespace: 'shop' }],
    ['GET /metrics', { method: 'GET', target: '/metrics' }],
  ] as const) {
    it(`is read from ${text}`, () => {
      expect(readRequest(text)).toEqual(want);
      expect(proxiedRequestSchema.parse(want)).toEqual(want);
    });
  }

  for (const text of ['', 'get', 'explode pods', 'GET metrics', 'get pods a b', 'get pods -n']) {
    it(`is none in ${JSON.stringify(text)}`, () => expect(readRequest(text)).toBeUndefined());
  }

  it('is about the reader, a person or a machine', () => {
    expect(subjectOf(' ')).toBeUndefined();
    expect(subjectOf('ann@example.com')).toEqual({ user: 'ann@example.com' });
    expect(subjectOf('serviceaccount:ci')).toEqual({ serviceAccount: 'ci' });
  });

  it('is a line for a shell, whatever was typed', () => {
    expect(explainCommand({ as: "o'b", cluster: 'prod', request: 'get pods $(x)' })).toBe(
      `sallyport policy explain get pods '$(x)' -c prod --user 'o'\\''b'`,
    );
  });
});
