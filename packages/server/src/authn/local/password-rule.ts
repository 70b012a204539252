import { userNameKey } from '../../stores/user-name-key.ts';
import { normalizePassword } from './password.ts';

/** Fewest characters of a password. It never stands alone: a code or a passkey comes with it (NIST SP 800-63B, 3.1.1). */
export const MIN_PASSWORD_CHARACTERS = 12;
/** Most characters of a password; room for any passphrase, none for a megabyte to hash. */
export const MAX_PASSWORD_CHARACTERS = 256;

/** What guessers try first, as far as it is long enough; shorter ones are found inside longer passwords by repetition. */
const COMMON = [
  'password',
  'passw0rd',
  'qwertyuiop',
  'qwertzuiop',
  'letmein',
  'welcome',
  'iloveyou',
  'administrator',
  'changeme',
  'kubernetes',
  'sallyport',
];
const MIN_NAME_CHARACTERS = 4;
const LONGEST_UNIT = 6;

/**
 * Why a password is not taken, or `undefined` when it is. Length counts, composition doesn't: no rule about digits or
 * signs, no expiry. Refused are common words and the person's own name with little beside them, one short piece over and
 * over, and runs such as `abcdefghijkl`.
 */
export function describePasswordProblem(password: string, userName: string): string | undefined {
  const normal = normalizePassword(password);
  const characters = [...normal].length;
  if (characters < MIN_PASSWORD_CHARACTERS) {
    return `the password has ${characters} characters, at least ${MIN_PASSWORD_CHARACTERS} are needed`;
  }
  if (characters > MAX_PASSWORD_CHARACTERS) {
    return `the password has ${characters} characters, limit is ${MAX_PASSWORD_CHARACTERS}`;
  }
  const plain = userNameKey(normal);
  if (isRepeated(plain)) return 'the password is one short piece over and over';
  if (isRun(plain)) return 'the password is a run of neighbouring characters';
  const name = userNameKey(userName);
  const [local = ''] = name.split('@');
  if ([name, local].some((part) => part.length >= MIN_NAME_CHARACTERS && isMostly(plain, part))) {
    return 'the password is little more than the user name';
  }
  if (COMMON.some((word) => isMostly(plain, word))) return 'the password is little more than a common word';
  return undefined;
}

function isRepeated(text: string): boolean {
  for (let unit = 1; unit <= LONGEST_UNIT; unit++) {
    if (
      text ===
      text
        .slice(0, unit)
        .repeat(Math.ceil(text.length / unit))
        .slice(0, text.length)
    )
      return true;
  }
  return false;
}

/** Each character one above or one below the one before, `9` to `0` included. */
function isRun(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) as number);
  return [1, -1].some((step) =>
    codes.every((code, i) => {
      const before = codes[i - 1];
      return before === undefined || code - before === step || code - before === -9 * step;
    }),
  );
}

/** Whether fewer characters than half the minimum are left once every occurrence of a word is taken out. */
function isMostly(text: string, word: string): boolean {
  return text.includes(word) && text.replaceAll(word, '').length < MIN_PASSWORD_CHARACTERS / 2;
}
