import type { LoginError } from '../errors.ts';

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
