import { CodedError, type CodedErrorOptions } from '@sallyport/core';

/** Codes of sending notifications. Answers that are refused have codes of the REST API. */
export type NotificationErrorCode =
  /** The receiver is at an address of this machine or of a private network that is not allowed, or wants plain HTTP. */
  | 'ERR_NOTIFICATION_ADDRESS'
  /** The receiver does not answer: no connection, no TLS, no answer in time. */
  | 'ERR_NOTIFICATION_UNREACHABLE'
  /** The receiver answered that it does not take the message. */
  | 'ERR_NOTIFICATION_REFUSED'
  /** E-mail is to be sent and the installation has no SMTP server. */
  | 'ERR_NOTIFICATION_NO_MAIL';

/** A notification that was not delivered. */
export class NotificationError extends CodedError<NotificationErrorCode> {
  /** How long the receiver wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Trying the same again can't come to anything else. */
  readonly isFinal: boolean;

  constructor(
    options: CodedErrorOptions<NotificationErrorCode> & {
      readonly retryAfterMs?: number | undefined;
      readonly isFinal?: boolean;
    },
  ) {
    super(options);
    this.retryAfterMs = options.retryAfterMs;
    this.isFinal = options.isFinal ?? false;
  }
}
