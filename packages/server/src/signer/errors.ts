import { CodedError } from '@sallyport/core';

/** Codes of the capability signer, as it answers and as its client throws. */
export type SignerErrorCode =
  /** What came is not a request for a capability, or its claims are malformed. */
  | 'ERR_SIGNER_REQUEST'
  /** The signer's own rules don't cover what it was asked to sign. */
  | 'ERR_SIGNER_REFUSED'
  /** The clocks of server and signer differ too much. */
  | 'ERR_SIGNER_CLOCK'
  /** More signatures were asked for than the signer's limit allows. */
  | 'ERR_SIGNER_BUSY'
  /** The log of what is signed can't be written, so nothing is signed. */
  | 'ERR_SIGNER_LOG'
  /** The signer does not answer, or not as a signer does. */
  | 'ERR_SIGNER_AWAY'
  /** The key file of the signer can't be read or written. */
  | 'ERR_SIGNER_KEYS'
  /** The folder that a signer is to be set up in has one already. */
  | 'ERR_SIGNER_EXISTS';

/** Error of the capability signer. */
export class SignerError extends CodedError<SignerErrorCode> {}
