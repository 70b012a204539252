import { createId } from '@sallyport/core';
import type { WhoAmI } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { isOwnSession, mayEnd } from './own-session.ts';

const id = createId('principal');
const readerWith = (permissionsAnywhere: string[]) => ({
  principal: { id } as WhoAmI['principal'],
  permissionsAnywhere,
});
const own = { principalId: id };
const other = { principalId: createId('principal') };

describe('a session', () => {
  it('is the reader’s own by the id of who opened it, and nobody’s before the reader is known', () => {
    expect(isOwnSession(readerWith([]), own)).toBe(true);
    expect(isOwnSession(readerWith([]), other)).toBe(false);
    expect(isOwnSession(undefined, own)).toBe(false);
  });

  it('is offered to be ended where it is one’s own, and of others with the permission', () => {
    expect(mayEnd(readerWith([]), own)).toBe(true);
    expect(mayEnd(readerWith(['sessions.read']), other)).toBe(false);
    expect(mayEnd(readerWith(['sessions.terminate']), other)).toBe(true);
    expect(mayEnd(undefined, own)).toBe(false);
  });
});
