import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest.ts';

describe('nearestName', () => {
  const known = ['listen', 'publicUrl', 'stateDir'];
  const cases = [
    { typed: 'lisen', want: 'listen' },
    { typed: 'PublicURL', want: 'publicUrl' },
    { typed: 'statedri', want: 'stateDir' },
    { typed: 'port', want: undefined },
    { typed: '', want: undefined },
  ];
  for (const { typed, want } of cases) {
    it(`takes ${JSON.stringify(typed)} for ${want ?? 'nothing'}`, () => expect(nearestName(typed, known)).toBe(want));
  }
  it('knows nothing when nothing is known', () => expect(nearestName('listen', [])).toBeUndefined());
});
