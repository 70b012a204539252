import { randomBytes } from 'node:crypto';

/** How many recovery codes a person gets at a time. */
export const RECOVERY_CODE_COUNT = 10;

// No i, l, o, u: written down and read back.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CHARACTERS = 16;

/**
 * Makes recovery codes of 80 random bits, in groups of four: `k3vq-8n2m-…`. Each stands in for one code of a code app, once,
 * and counts towards the lock-out like one.
 */
export function createRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODE_COUNT }, () => {
    // 256 is a multiple of 32, so every character is as likely as the others.
    const text = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return (text.match(/.{4}/g) as string[]).join('-');
  });
}

/** A recovery code as people type it, in the form that it was made in; `undefined` when it can't be one. */
export function readRecoveryCode(text: string): string | undefined {
  const plain = text.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  if (plain.length !== CHARACTERS || [...plain].some((character) => !ALPHABET.includes(character))) return undefined;
  return (plain.match(/.{4}/g) as string[]).join('-');
}
