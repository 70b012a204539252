import { createHash } from 'node:crypto';

const MAX_READABLE = 24;

/**
 * Name of the ServiceAccount that somebody acts by. A hash of the whole user name tells people apart whose names begin alike or are
 * of signs that Kubernetes does not take; what is readable in front of it is for people only. At most 110 characters.
 */
export function accountName(ownerName: string, user: string): string {
  const readable = user
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_READABLE)
    .replace(/^-+|-+$/g, '');
  const hash = createHash('sha256').update(user).digest('hex').slice(0, 20);
  return `${ownerName}-p-${readable === '' ? '' : `${readable}-`}${hash}`;
}
