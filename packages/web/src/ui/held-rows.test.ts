import { describe, expect, it } from 'vitest';
import { type HeldRows, holdRows, type LiveList, releaseRows } from './held-rows.ts';

const AT_REST: LiveList = { list: 'all', isFetching: false, isActing: false };
const opened = (ids: readonly string[]) => holdRows(undefined, AT_REST, ids);
const shownOf = ({ held }: HeldRows, ids: readonly string[]) => ids.filter((id) => !held.has(id));

describe('holdRows', () => {
  it('shows what is there when the list is opened, and what its first answer brings', () => {
    const cached = holdRows(undefined, { ...AT_REST, isFetching: true }, ['b', 'c']);
    const answered = holdRows(cached, AT_REST, ['a', 'b', 'c']);
    expect(shownOf(answered, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(shownOf(holdRows(answered, AT_REST, ['0', 'a', 'b', 'c']), ['0', 'a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  it('holds back what comes by itself before a row that is shown, until it is asked for', () => {
    const later = holdRows(opened(['a', 'c']), AT_REST, ['0', 'a', 'b', 'c']);
    expect([...later.held]).toEqual(['0', 'b']);
    const more = holdRows(later, AT_REST, ['00', '0', 'a', 'b', 'c']);
    expect([...more.held]).toEqual(['00', '0', 'b']);
    const released = releaseRows(more);
    expect(holdRows(released, AT_REST, ['00', '0', 'a', 'b', 'c']).held.size).toBe(0);
  });

  it('shows at once what pushes nothing away: the next page, and whatever comes to an empty list', () => {
    expect(holdRows(opened(['a']), AT_REST, ['a', 'b', 'c']).held.size).toBe(0);
    expect(holdRows(opened([]), AT_REST, ['a', 'b']).held.size).toBe(0);
    expect(holdRows(opened(['x']), AT_REST, ['a', 'b']).held.size).toBe(0);
  });

  it('lets go at once what is gone, shown or held', () => {
    const later = holdRows(opened(['a', 'b', 'c']), AT_REST, ['0', 'a', 'c']);
    expect([...later.known]).toEqual(['a', 'c']);
    expect(holdRows(later, AT_REST, ['a', 'c']).held.size).toBe(0);
    expect([...holdRows(later, AT_REST, ['0', 'a', 'b', 'c']).held]).toEqual(['0', 'b']);
  });

  it('shows what an act of the reader brings, and nothing that waited before', () => {
    const waiting = holdRows(opened(['b']), AT_REST, ['a', 'b']);
    const acting = holdRows(waiting, { ...AT_REST, isActing: true }, ['a', 'b']);
    const reading = holdRows(acting, { ...AT_REST, isFetching: true }, ['a', 'b']);
    const answered = holdRows(reading, AT_REST, ['own', 'a', 'b']);
    expect([...answered.held]).toEqual(['a']);
    expect([...holdRows(answered, AT_REST, ['0', 'own', 'a', 'b']).held]).toEqual(['0', 'a']);
  });

  it('begins anew with another list', () => {
    const waiting = holdRows(opened(['b']), AT_REST, ['a', 'b']);
    expect(holdRows(waiting, { ...AT_REST, list: 'mine' }, ['a', 'b', 'c']).held.size).toBe(0);
  });

  it('is the same value while nothing is another', () => {
    const waiting = holdRows(opened(['b']), AT_REST, ['a', 'b']);
    expect(holdRows(waiting, { ...AT_REST, isFetching: true }, ['a', 'b'])).toBe(waiting);
  });
});
