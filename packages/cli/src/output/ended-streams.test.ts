import { createId } from '@sallyport/core';
import type { EndedStream } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { endedStreamText } from './ended-streams.ts';

const STREAM: EndedStream = {
  at: new Date('2026-01-01T12:00:00Z'),
  clusterId: createId('cluster'),
  cluster: 'prod',
  verb: 'create',
  resource: 'pods/portforward',
  namespace: 'shop',
  name: 'web-0',
  cause: 'accessEnded',
  reason: 'access has ended: the login session was ended.',
};

describe('a stream that ended', () => {
  it('is told in one line', () => {
    expect(endedStreamText(STREAM)).toBe(
      '2026-01-01T12:00:00.000Z create pods/portforward web-0 in namespace shop on prod: access has ended: the login session was ended.',
    );
    const { resource: _, namespace: _n, name: _m, ...path } = STREAM;
    expect(endedStreamText({ ...path, verb: 'get' })).toContain('Z get on prod: access');
  });

  it('SEC-E08 does nothing to a terminal, whoever chose the words', () => {
    expect(endedStreamText({ ...STREAM, reason: '\u001b[2Jgone\n\u202e' })).toMatch(/: \\u001b\[2Jgone\\u000a\\u202e$/);
  });
});
