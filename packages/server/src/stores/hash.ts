import { createHash } from 'node:crypto';

/** SHA-256 in lower-case hex: how random secrets are kept and looked up. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
