import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { LoginError } from '../../errors.ts';

/** Hashes passwords and compares them, a few at a time. */
export interface PasswordHasher {
  /**
   * Hashes a password under a salt of its own: `$scrypt$ln=15,r=8,p=3$<salt>$<key>`, base64url.
   * @throws LoginError `ERR_LOGIN_BUSY`
   */
  hash(password: string): Promise<string>;
  /**
   * Whether a password is the one of a hash. Without a hash the answer is no, after the same work.
   * @throws LoginError `ERR_LOGIN_BUSY`
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

/** How much a {@link PasswordHasher} takes on. */
export interface PasswordHasherLimits {
  /** Hashes computed at once; each takes 32 MiB and a thread. Default 2. */
  readonly maxConcurrent?: number;
  /** Hashes that wait for their turn; further logins are refused at once. Default 32. */
  readonly maxWaiting?: number;
}

interface Cost {
  /** Logarithm of `N`. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

// As costly as N=2^17, p=1 by time (OWASP's password storage guidance), in a quarter of its memory.
const COST: Cost = { ln: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]+)$/;

/** Creates a hasher. Parameters stand with each hash, so that they can be raised without locking anybody out. */
export function createPasswordHasher(limits: PasswordHasherLimits = {}): PasswordHasher {
  const { maxConcurrent = 2, maxWaiting = 32 } = limits;
  let running = 0;
  const waiting: (() => void)[] = [];

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= maxConcurrent) {
      if (waiting.length >= maxWaiting) throw busy(maxWaiting);
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      // The place passes to the next in line without being given back, so that nobody slips in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const key = await inTurn(() => derive(password, salt, COST, KEY_BYTES));
      const { ln, r, p } = COST;
      return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
    },
    async verify(password, hash) {
      const stored = hash === undefined ? undefined : parse(hash);
      const { cost, salt, key } = stored ?? { cost: COST, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) };
      const derived = await inTurn(() => derive(password, salt, cost, key.length));
      return timingSafeEqual(derived, key) && stored !== undefined;
    },
  };
}

/** A password in the form that is hashed: keyboards differ in how they compose the same characters. */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

function derive(password: string, salt: Buffer, { ln, r, p }: Cost, bytes: number): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    scrypt(normalizePassword(password), salt, bytes, { N, r, p, maxmem: 2 * 128 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function parse(hash: string): { readonly cost: Cost; readonly salt: Buffer; readonly key: Buffer } {
  const [, ln, r, p, salt = '', key = ''] = FORM.exec(hash) ?? [];
  // Our own writing, sealed at rest: anything else is a fault, not a wrong password.
  if (ln === undefined) throw new Error('a stored password hash is not of a known form');
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

function busy(maxWaiting: number): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_BUSY',
    message: `${maxWaiting} logins with a password are waiting already`,
    nextStep: 'Try again in a moment.',
  });
}
