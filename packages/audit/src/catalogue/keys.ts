import { entry } from './entry.ts';
import { ORGANIZATION } from './example-facts.ts';
import { count, identifier, identifiers, instant, optional, word, words } from './fields.ts';

const key = {
  purpose: identifier('What the key is for.'),
  keyId: identifier('The key.'),
};
const details = { purpose: 'capability', keyId: 'TGqzWBGpQ8y1' };

/** Keys of the installation. */
export const KEY_EVENTS = {
  'key.announced': entry({
    name: 'Key announced',
    category: 'key',
    severity: 'notice',
    summary: 'A key was published that is going to sign.',
    fields: {
      ...key,
      signsFrom: instant('From when on it signs.'),
      reason: word('What made it: `schedule` or `command`.'),
    },
    example: { ...ORGANIZATION, details: { ...details, signsFrom: '2026-01-02T00:00:00.000Z', reason: 'schedule' } },
  }),
  'key.rotated': entry({
    name: 'Key rotated',
    category: 'key',
    severity: 'notice',
    summary: 'The announced key signs from now on.',
    fields: {
      ...key,
      previousKeyId: optional(identifier('The key that signed before.')),
      previousVerifiesUntil: optional(instant('How long what that one signed is good.')),
    },
    example: {
      details: { ...details, previousKeyId: 'b0SxGmyW7dLk', previousVerifiesUntil: '2026-01-03T00:00:00.000Z' },
    },
  }),
  'key.removed': entry({
    name: 'Key removed',
    category: 'key',
    severity: 'info',
    summary: 'A key whose time is over was deleted, or has moved to the signer.',
    fields: { ...key, reason: optional(word('Why, where it was not its time.')) },
    example: { details },
  }),
  'key.voided': entry({
    name: 'Keys voided',
    category: 'key',
    severity: 'critical',
    summary: 'All keys of a purpose were replaced at once; what they signed is void.',
    fields: { ...key, voidedKeyIds: identifiers('The keys that are void.') },
    example: { details: { ...details, voidedKeyIds: ['b0SxGmyW7dLk'] } },
  }),
  'key.rewrapped': entry({
    name: 'Secrets wrapped anew',
    category: 'key',
    severity: 'notice',
    summary: 'What is encrypted in the database was wrapped with the current key.',
    fields: {
      rewrapped: count('Values that were wrapped anew.'),
      left: words('Where something is left that was not.'),
    },
    example: { details: { rewrapped: 42, left: [] } },
  }),
} as const;
