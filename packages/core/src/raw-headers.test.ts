import { describe, expect, it } from 'vitest';
import { allHeaders, firstHeader, packHeaderValue } from './raw-headers.ts';

const HEADERS = ['Accept', 'a', 'X-Stream-Protocol-Version', 'v5', 'x-stream-protocol-version', 'v4', 'Host', 'Accept'];

describe('raw headers', () => {
  it('are found whatever the case of their name, first or all', () => {
    expect(firstHeader(HEADERS, 'x-stream-protocol-version')).toBe('v5');
    expect(allHeaders(HEADERS, 'x-stream-protocol-version')).toEqual(['v5', 'v4']);
  });

  it('never confuse a value with a name', () => {
    expect(firstHeader(HEADERS, 'a')).toBeUndefined();
    expect(allHeaders(HEADERS, 'accept')).toEqual(['a']);
    expect(firstHeader([], 'host')).toBeUndefined();
  });

  it('pack text so that the wire carries its UTF-8 bytes', () => {
    expect(Buffer.from(packHeaderValue('ø 開'), 'latin1')).toEqual(Buffer.from('ø 開', 'utf8'));
  });
});
