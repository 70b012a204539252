const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/**
 * The address of a socket's peer as it stands in audit and is compared with others: no brackets, no zone id, lower case,
 * and a v4 peer of a dual-stack listener (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) by its v4 address. Empty when the
 * socket is gone.
 */
export function plainAddress(address: string | undefined): string {
  const bare = (address ?? '').replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  return (MAPPED.exec(bare)?.[1] ?? bare).toLowerCase();
}
