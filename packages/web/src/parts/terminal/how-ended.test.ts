import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { howEnded } from './how-ended.ts';

const id = createId('terminal');
const at = new Date();

describe('how a terminal ended that the page has lost', () => {
  it('is told by the servers, or by the audit log after a while', () => {
    const ended = (reason: string) => ({ items: [], ended: [{ id, cluster: 'demo', endedAt: at, reason }] });
    expect(howEnded(ended('interrupted'), id)).toBe(
      'The terminal before this one ended, with all that ran in it: the server stopped without notice.',
    );
    expect(howEnded(ended('something'), id)).toContain('something');
    expect(howEnded({ items: [], ended: [] }, id)).toContain('the audit log says how');
    const items = [{ id, cluster: 'demo', startedAt: at, expiresAt: at }];
    expect(howEnded({ items, ended: [] }, id)).toContain('as soon as the server misses its page');
  });
});
