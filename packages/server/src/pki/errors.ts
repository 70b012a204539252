import { CodedError } from '@sallyport/core';

/** Codes of the certificate authorities. */
export type PkiErrorCode =
  /** A certificate request is not PKCS#10, its signature is wrong, or its key is not P-256. */
  | 'ERR_PKI_CSR_INVALID'
  /** A certificate is not one of a live agent or of a kube credential: of another authority or use, or without its names. */
  | 'ERR_PKI_CERTIFICATE_REFUSED'
  /** The life of a client certificate is over. */
  | 'ERR_PKI_CERTIFICATE_EXPIRED'
  /** A purpose has no key that signs. */
  | 'ERR_PKI_NO_SIGNING_KEY'
  /** The keys of a purpose are held by another process, which alone can rotate them. */
  | 'ERR_PKI_KEY_ELSEWHERE'
  /** A signer is configured while the database still holds keys that could mint access. */
  | 'ERR_PKI_KEYS_NOT_MOVED'
  /** A CA bundle holds something other than readable CA certificates. */
  | 'ERR_PKI_CA_BUNDLE';

/** Error of the certificate authorities. */
export class PkiError extends CodedError<PkiErrorCode> {}
