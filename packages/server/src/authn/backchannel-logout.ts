import type { Clock, Logger, LoginSessionId } from '@sallyport/core';
import express, { Router } from 'express';
import { LoginError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import type { LoginSessions } from './login-sessions.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import type { ProviderDirectory } from './provider-directory.ts';
import { LOGOUT_TOKEN_SECONDS, type LogoutNotice, type ProviderTokenVerifier } from './provider-tokens.ts';

/** What {@link createBackchannelLogout} needs. */
export interface BackchannelLogoutOptions {
  readonly snapshots: SnapshotSource;
  readonly providers: ProviderDirectory;
  readonly tokens: ProviderTokenVerifier;
  readonly loginSessions: LoginSessions;
  readonly store: Pick<Store, 'transact'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The address to be registered at a provider for logging people out. */
export function backchannelLogoutUrl(publicUrl: string, organization: string, provider: string): string {
  return `${publicUrl}/login/backchannel-logout/${organization}/${provider}`;
}

const USED_TOKEN = 'logoutToken';
const MAX_FORM_BYTES = 131_072;

/**
 * Takes logout tokens of identity providers (OpenID Connect Back-Channel Logout 1.0), below `/login/backchannel-logout`. The
 * sessions that a token names end at once, with everything minted under them. A token is good once.
 */
export function createBackchannelLogout(options: BackchannelLogoutOptions): Router {
  const { snapshots, providers, tokens, loginSessions, store, clock, logger } = options;
  const router = Router({ caseSensitive: true, strict: true });

  function sessionsOf(provider: OidcProvider, notice: LogoutNotice): readonly LoginSessionId[] {
    const { loginSessions: all, principals } = snapshots.current();
    const { subjectClaim, providerSessionId } = notice;
    return [...all.values()]
      .filter((session) => {
        if (session.identityProviderId !== provider.id) return false;
        if (providerSessionId !== undefined && session.providerSessionId !== providerSessionId) return false;
        return subjectClaim === undefined || principals.get(session.principalId)?.subjectClaim === subjectClaim;
      })
      .map(({ id }) => id);
  }

  /** Says whether a token is used for the first time. Kept until it would be too old anyway. */
  function useOnce(provider: OidcProvider, { tokenId }: LogoutNotice): Promise<boolean> {
    const key = `${provider.id} ${tokenId}`;
    const until = new Date(clock.now() + 2 * LOGOUT_TOKEN_SECONDS * 1000);
    return store.transact(async ({ oneTime }) => {
      if ((await oneTime.find(USED_TOKEN, key)) !== undefined) return false;
      await oneTime.put(USED_TOKEN, key, {}, until);
      return true;
    });
  }

  router.post(
    '/:organization/:provider',
    express.urlencoded({ extended: false, limit: MAX_FORM_BYTES, parameterLimit: 8 }),
    async (request, response) => {
      response.set('cache-control', 'no-store');
      try {
        const { record } = providers.choice(request.params['organization'], request.params['provider']);
        const provider = await providers.oidc(record);
        const token = ((request.body ?? {}) as Readonly<Record<string, unknown>>)['logout_token'];
        if (provider === undefined || typeof token !== 'string') throw refusal('there is no logout token to take');
        const notice = await tokens.verifyLogoutToken(provider, token);
        if (!(await useOnce(provider, notice))) throw refusal('the logout token was used before');
        await snapshots.refresh();
        const address = plainAddress(request.socket.remoteAddress);
        await loginSessions.endAll(sessionsOf(provider, notice), address, 'providerLoggedOut');
        response.status(200).end();
      } catch (error) {
        if (!(error instanceof LoginError)) throw error;
        logger.warn({ err: error }, 'a logout token was refused');
        response.status(400).json({ error: 'invalid_request', error_description: error.message });
      }
    },
  );
  return router;
}

function refusal(message: string): LoginError {
  return new LoginError({ code: 'ERR_LOGIN_RESPONSE_INVALID', message });
}
