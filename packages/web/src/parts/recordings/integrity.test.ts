import { describe, expect, it } from 'vitest';
import { judgeRecording } from './integrity.ts';

const session = { id: 'rec_1', headSha256: 'abc', chunkCount: 7 } as never;
const event = { recordingId: 'rec_1', details: { headSha256: 'abc', chunks: 7 } };
const proved = { isProved: true, signedBy: 'key', path: [] } as const;

describe('the integrity of a recording', () => {
  it('is proved when the log closed the same chain of as many chunks', () => {
    expect(judgeRecording(session, event, proved)).toBe('proved');
  });

  for (const [name, changed] of [
    ['another chain', { ...event, details: { headSha256: 'abd', chunks: 7 } }],
    ['fewer chunks', { ...event, details: { headSha256: 'abc', chunks: 6 } }],
    ['another recording', { ...event, recordingId: 'rec_2' }],
    ['nothing of it', {}],
  ] as const) {
    it(`SEC-G02 is not when the log tells of ${name}`, () => {
      expect(judgeRecording(session, changed, proved)).toBe('changed');
    });
  }

  it('is not when the event is not proved itself', () => {
    expect(judgeRecording(session, event, { isProved: false, failure: 'edited', message: '' })).toBe('unproved');
  });
});
