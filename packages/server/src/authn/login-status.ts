import type { Response } from 'express';
import type { LoginError } from '../errors.ts';

/** Answers a script of a page that a step of a login failed, as the REST API tells of failures (RFC 9457). */
export function sendLoginProblem(
  response: Response,
  status: number,
  problem: { readonly message: string; readonly code: string; readonly nextStep?: string | undefined },
): void {
  const { message, code, nextStep } = problem;
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: 'You are not signed in',
        status,
        detail: message,
        code,
        ...(nextStep !== undefined && { nextStep }),
      }),
    );
}

/** HTTP status of the page that tells a failed login. */
export function statusOfLoginError(error: LoginError): number {
  switch (error.code) {
    case 'ERR_LOGIN_PROVIDER_UNREACHABLE':
      return 502;
    case 'ERR_LOGIN_PROVIDER_INSECURE':
    case 'ERR_LOGIN_PROVIDER_ADDRESS':
    case 'ERR_LOGIN_NO_PROVIDER':
    case 'ERR_DEVELOPMENT_PROVIDER_REFUSED':
      return 500;
    case 'ERR_LOGIN_BUSY':
      return 503;
    case 'ERR_LOGIN_LOCAL_REFUSED':
      return 401;
    case 'ERR_LOGIN_PROVIDER_REFUSED':
    case 'ERR_LOGIN_RESPONSE_INVALID':
    case 'ERR_LOGIN_CLAIMS_REFUSED':
    case 'ERR_LOGIN_USER_NAME_TAKEN':
    case 'ERR_LOGIN_NOT_PROVISIONED':
    case 'ERR_LOGIN_DISABLED':
    case 'ERR_LOGIN_STEP_UP_MISSED':
    case 'ERR_LOGIN_LOCAL_DISABLED':
    case 'ERR_LOGIN_NOT_LOCAL':
    case 'ERR_LOGIN_LINK_REFUSED':
      return 403;
    case 'ERR_LOGIN_NOT_FOUND':
      return 400;
    case 'ERR_LOGIN_PASSWORD_REFUSED':
    case 'ERR_LOGIN_FACTOR_REFUSED':
      return 422;
    case 'ERR_LOGIN_TOO_MANY_ATTEMPTS':
      return 429;
  }
}
