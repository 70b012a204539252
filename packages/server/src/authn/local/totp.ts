import { Secret } from '@sallyport/core';
import { Secret as OtpSecret, TOTP } from 'otpauth';

/** Digits of a code. */
export const TOTP_DIGITS = 6;

const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20;
/** Steps before and after the present one whose codes are taken: clocks differ, and people type slowly. */
const TOLERATED_STEPS = 1;
const ISSUER = 'Sallyport';

/** Makes the secret of a code app: 160 random bits, base32 (RFC 4226, section 4, R6). */
export function createTotpSecret(): Secret {
  return new Secret(new OtpSecret({ size: SECRET_BYTES }).base32);
}

/** The address by which a code app takes a secret over (`otpauth:`). It holds the secret. */
export function totpAddress(secret: Secret, userName: string): string {
  return totp(secret, userName).toString();
}

/**
 * The time step that a code belongs to (RFC 6238), at most one away from the present; `undefined` for a wrong code. That a
 * step is used once is the caller's part: a code that was read over a shoulder must not work again.
 */
export function findTotpStep(secret: Secret, code: string, at: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = totp(secret, '').validate({ token: code, timestamp: at.getTime(), window: TOLERATED_STEPS });
  return delta === null ? undefined : Math.floor(at.getTime() / 1000 / PERIOD_SECONDS) + delta;
}

function totp(secret: Secret, label: string): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label,
    // SHA-1 is what every code app knows; inside HMAC it is sound.
    algorithm: 'SHA1',
    digits: TOTP_DIGITS,
    period: PERIOD_SECONDS,
    secret: OtpSecret.fromBase32(secret.reveal()),
  });
}
