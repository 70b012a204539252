import { ACCESS_TOKEN_TYPE, type ExchangedToken, type ExchangeToken } from '@sallyport/core/api';
import { checkDpopProof } from '../authn/dpop.ts';
import { MachineError } from '../authn/machines/errors.ts';
import { ApiError } from '../errors.ts';
import type { PublicHandler } from './context.ts';

/**
 * Exchanges a token of a platform for an access token of ours. Whoever asks has proven nothing yet, so a name that is not
 * there, a token of somebody else and a wrong signature are answered alike; only the holder of a token that its issuer has
 * signed learns what it lacks.
 */
export const exchangeWorkloadToken: PublicHandler = async (context, request): Promise<ExchangedToken> => {
  const { machines, clock, publicUrl } = context;
  const keyThumbprint = await readProof();
  try {
    const session = await machines.workloads.begin({
      organization: request.parameters['organization'] ?? '',
      name: request.parameters['name'] ?? '',
      token: (request.body as ExchangeToken).subject_token,
      sourceAddress: request.sourceAddress,
      ...(keyThumbprint !== undefined && { keyThumbprint }),
      ...(request.userAgent !== undefined && { userAgent: request.userAgent }),
    });
    return {
      access_token: await machines.mintAccessToken(session, keyThumbprint),
      issued_token_type: ACCESS_TOKEN_TYPE,
      token_type: keyThumbprint === undefined ? 'Bearer' : 'DPoP',
      expires_in: Math.max(0, Math.floor((session.expiresAt.getTime() - clock.now()) / 1000)),
    };
  } catch (error) {
    throw error instanceof MachineError ? translate(error) : error;
  }

  /** The key that a proof shows, or none without a proof. A proof alone opens nothing, so it may come twice. */
  async function readProof(): Promise<string | undefined> {
    const [proof, ...more] = request.dpop;
    if (proof === undefined) return undefined;
    const url = `${publicUrl}${request.target}`;
    const checked =
      more.length > 0
        ? undefined
        : await checkDpopProof({ proof, method: 'POST', url, accessToken: undefined, at: new Date(clock.now()) });
    if (checked !== undefined) return checked.jkt;
    throw new ApiError({
      code: 'ERR_API_REQUEST_INVALID',
      message: 'the DPoP header is not one proof for this request',
      nextStep: 'Make a new proof for each request, or leave it out.',
    });
  }
};

function translate(error: MachineError): ApiError {
  switch (error.code) {
    case 'ERR_WORKLOAD_TOKEN_REFUSED':
    case 'ERR_WORKLOAD_ISSUER_UNREACHABLE':
      return new ApiError({
        code: 'ERR_API_UNAUTHENTICATED',
        message: 'the workload token was not accepted',
        nextStep: 'Check organization, name and issuer; the audit log and the log of the server have the reason.',
        cause: error,
      });
    case 'ERR_WORKLOAD_TOO_MANY_ATTEMPTS':
      return new ApiError({
        code: 'ERR_API_TOO_MANY_REQUESTS',
        message: error.message,
        nextStep: error.nextStep ?? 'Try again later.',
        cause: error,
      });
    case 'ERR_WORKLOAD_CLAIMS_REFUSED':
    case 'ERR_WORKLOAD_CONDITION':
    case 'ERR_WORKLOAD_TOKEN_USED':
      return new ApiError({
        code: 'ERR_API_UNAUTHENTICATED',
        message: error.message,
        nextStep: error.nextStep ?? 'Get a new token from the platform.',
        cause: error,
      });
  }
}
