import * as client from 'openid-client';
import { CliError } from '../errors.ts';
import { type Tokens, tokensOf } from '../session/oauth.ts';
import { describeLoginFailure, type LoginFlowOptions } from './browser-login.ts';

/** What the person must be told: where to go on another device, and the code to compare or type. */
export interface DevicePrompt {
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  readonly userCode: string;
}

/** What {@link loginByDevice} needs. */
export interface DeviceLoginOptions extends LoginFlowOptions {
  readonly present: (prompt: DevicePrompt) => void;
}

/**
 * Logs in by a second device (RFC 8628), for machines without a browser.
 * @throws CliError `ERR_CLI_LOGIN_FAILED`, `ERR_CLI_LOGIN_TIMEOUT`
 */
export async function loginByDevice(options: DeviceLoginOptions): Promise<Tokens> {
  const { config, discovery, keys, signal, present, parameters } = options;
  const resource = discovery.oauthResource;
  try {
    const answer = await client.initiateDeviceAuthorization(config, {
      scope: discovery.oauthScope,
      resource,
      ...parameters,
    });
    present({
      verificationUri: answer.verification_uri,
      userCode: answer.user_code,
      ...(answer.verification_uri_complete !== undefined && {
        verificationUriComplete: answer.verification_uri_complete,
      }),
    });
    const tokens = await client.pollDeviceAuthorizationGrant(
      config,
      answer,
      { resource },
      { DPoP: client.getDPoPHandle(config, keys), signal },
    );
    return tokensOf(tokens);
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.error === 'expired_token') throw deviceExpired(error);
    throw describeLoginFailure(error);
  }
}

function deviceExpired(cause: unknown): CliError {
  return new CliError({
    code: 'ERR_CLI_LOGIN_TIMEOUT',
    message: 'nobody confirmed the code in time',
    cause,
    nextStep: 'Run the login again and confirm the code within its life.',
  });
}
