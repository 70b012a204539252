import * as client from 'openid-client';
import { LoginError } from '../errors.ts';
import { addressRefusalIn } from '../network/outbound-guard.ts';
import type { OidcProvider } from './oidc-provider-record.ts';

/** Turns what failed between us and an identity provider into a {@link LoginError} that a person can act on. */
export function translateBrokerError(error: unknown, provider: Pick<OidcProvider, 'displayName'>): LoginError {
  if (error instanceof LoginError) return error;
  const refusal = addressRefusalIn(error);
  if (refusal !== undefined) return refusal;
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    return new LoginError({
      code: 'ERR_LOGIN_PROVIDER_REFUSED',
      message: `${provider.displayName} refused the login: ${describeRefusal(error)}`,
      nextStep: 'Start the login again; if it is refused again, ask an administrator of the identity provider.',
      cause: error,
    });
  }
  if (isConnectionFailure(error)) {
    return new LoginError({
      code: 'ERR_LOGIN_PROVIDER_UNREACHABLE',
      message: `the identity provider ${provider.displayName} can't be reached`,
      nextStep:
        'Try again in a moment; if it lasts, ask an administrator to check the address and the certificate of the provider.',
      cause: error,
    });
  }
  return new LoginError({
    code: 'ERR_LOGIN_RESPONSE_INVALID',
    message: `the answer of ${provider.displayName} was not accepted`,
    nextStep:
      'Start the login again; if it lasts, ask an administrator to compare the provider with its configuration.',
    cause: error,
  });
}

/** Only the registered error code is shown: the description is free text from outside. */
function describeRefusal(error: client.AuthorizationResponseError | client.ResponseBodyError): string {
  return /^[a-z_]{1,64}$/.test(error.error) ? error.error : 'unknown reason';
}

function isConnectionFailure(error: unknown): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    if (each instanceof TypeError && each.message === 'fetch failed') return true;
    if (each.name === 'TimeoutError' || each.name === 'AbortError') return true;
    if ((each as NodeJS.ErrnoException).syscall !== undefined) return true;
  }
  return false;
}
