import { describe, expect, it } from 'vitest';
import { versionSkew } from './version-skew.ts';

describe('the skew of an agent to its server', () => {
  for (const [agent, server, want] of [
    ['1.4.0', '1.4.9', 'none'],
    ['v1.4.0-rc.1', '1.4.0', 'none'],
    ['1.3.9', '1.4.0', 'older'],
    ['1.5.0', '1.4.0', 'newer'],
    ['1.2.9', '1.4.0', 'unsupported'],
    ['1.6.0', '1.4.0', 'unsupported'],
    ['2.4.0', '1.4.0', 'unsupported'],
    ['0.0.0', '0.0.0', 'none'],
    ['', '1.4.0', 'unsupported'],
    ['1.4', '1.4.0', 'unsupported'],
    ['1.4.0; rm -rf', '1.4.0', 'unsupported'],
  ] as const) {
    it(`of ${JSON.stringify(agent)} to ${server} is ${want}`, () => expect(versionSkew(agent, server)).toBe(want));
  }
});
