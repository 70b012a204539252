import { rootCertificates } from 'node:tls';

/**
 * Options of TLS for further certificate authorities beside those of the runtime. Without any, they name none: the runtime then
 * trusts those of `NODE_EXTRA_CA_CERTS` too, which it does not tell, so they are lost where a list is given.
 */
export function trusting(caPems: readonly string[]): { readonly ca?: string[] } {
  return caPems.length === 0 ? {} : { ca: [...rootCertificates, ...caPems] };
}
