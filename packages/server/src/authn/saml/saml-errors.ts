import { LoginError } from '../../errors.ts';

/** An answer that breaks the protocol. The cause is for the log; the page has the sentence. */
export function invalid(message: string, cause?: unknown): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_RESPONSE_INVALID',
    message,
    nextStep:
      'Start the login again; if it lasts, ask an administrator to compare the provider with its configuration.',
    cause,
  });
}
