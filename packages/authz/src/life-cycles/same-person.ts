import type { Principal } from '@sallyport/core';

/**
 * Whether two principals are one person, as far as can be told: the same account, the same identity at the same issuer, or
 * accounts with one mail address, whatever its letter case and the tag behind a plus. Where in doubt they are one.
 */
export function isSamePerson(a: Principal, b: Principal): boolean {
  if (a.id === b.id || (a.issuer === b.issuer && a.subjectClaim === b.subjectClaim)) return true;
  const addresses = addressesOf(a);
  return [...addressesOf(b)].some((address) => addresses.has(address));
}

function addressesOf({ email, userName }: Principal): ReadonlySet<string> {
  return new Set([email, userName].flatMap((text) => addressOf(text) ?? []));
}

function addressOf(text: string | undefined): string | undefined {
  const address = text?.normalize('NFKC').trim().toLowerCase() ?? '';
  const at = address.lastIndexOf('@');
  if (at <= 0) return undefined;
  const [mailbox = ''] = address.slice(0, at).split('+');
  return `${mailbox}${address.slice(at)}`;
}
