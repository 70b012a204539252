import { randomBytes } from 'node:crypto';
import type { Clock, IdentityProviderId } from '@sallyport/core';
import { LoginError } from '../../errors.ts';
import type { Authentication, Store } from '../../stores/contracts.ts';
import { compileClaimMapping } from '../claim-mapping.ts';
import type { Identity } from '../identity.ts';
import type { LoginFlow } from '../login-flows.ts';
import type { SamlProvider } from './saml-provider.ts';
import { createSamlRequest } from './saml-request.ts';
import { readSamlResponse } from './saml-response.ts';

/** Somebody whom a SAML provider vouches for. */
export interface SamlLogin {
  readonly providerId: IdentityProviderId;
  readonly identity: Identity;
  readonly authentication: Authentication;
}

/** Logins at SAML providers, from the request to the browser that began it. */
export interface SamlLogins {
  /**
   * Begins a login at a provider for a flow, and says where to send the browser.
   * @throws LoginError `ERR_LOGIN_PROVIDER_INSECURE`
   */
  begin(provider: SamlProvider, flow: Pick<LoginFlow, 'id' | 'wish'>): Promise<URL>;
  /**
   * Takes a provider's answer, good for one try, and keeps what it says for the flow. Yields a handle for it. The browser's
   * own cookies did not come with this request, so nobody is signed in by it.
   * @throws LoginError `ERR_LOGIN_NOT_FOUND`, `ERR_LOGIN_RESPONSE_INVALID`, `ERR_LOGIN_PROVIDER_REFUSED`,
   * `ERR_LOGIN_CLAIMS_REFUSED`
   */
  receive(
    provider: SamlProvider,
    answer: { readonly samlResponse: string; readonly relayState: string },
  ): Promise<string>;
  /** Id of the flow that a handle belongs to; `undefined` when it is used or over. */
  flowOf(handle: string): Promise<string | undefined>;
  /**
   * Uses a handle up, once it is certain that the flow is this browser's.
   * @throws LoginError `ERR_LOGIN_NOT_FOUND`
   */
  take(handle: string): Promise<SamlLogin>;
}

/** What {@link createSamlLogins} needs. */
export interface SamlLoginsOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly clock: Clock;
  /** Plain HTTP is taken from loopback providers in development mode only. */
  readonly mode: 'development' | 'production';
}

const REQUEST = 'samlRequest';
const ANSWER = 'samlAnswer';
/** A person has as long as with any other provider. */
const REQUEST_MS = 900_000;
/** The browser comes back at once. */
const ANSWER_MS = 60_000;
// 43 characters: RelayState may have 80 bytes (SAML bindings, section 3.4.3).
const HANDLE_BYTES = 32;

/** Creates the logins of all SAML providers. Requests and answers lie in the database: any replica takes them. */
export function createSamlLogins({ store, clock, mode }: SamlLoginsOptions): SamlLogins {
  const handle = () => randomBytes(HANDLE_BYTES).toString('base64url');

  return {
    async begin(provider, { id: flowId, wish }) {
      const relayState = handle();
      const { id, url } = await createSamlRequest(provider, { relayState, demand: wish.demand, mode });
      const row = { providerId: provider.id, flowId, requestId: id };
      await store.transact(({ oneTime }) => oneTime.put(REQUEST, relayState, row, new Date(clock.now() + REQUEST_MS)));
      return url;
    },

    async receive(provider, { samlResponse, relayState }) {
      // Before the answer is looked at: a request is answered once, right or wrong.
      const request = await store.transact(({ oneTime }) => oneTime.take(REQUEST, relayState));
      if (request?.['providerId'] !== provider.id) throw notFound();
      const { claims, acr, authenticatedAt } = await readSamlResponse(provider, {
        samlResponse,
        requestId: String(request['requestId']),
        at: new Date(clock.now()),
      });
      const identity = compileClaimMapping(provider.claims, provider.issuer).read(claims);
      const row = {
        providerId: provider.id,
        flowId: request['flowId'],
        identity,
        ...(acr !== undefined && { acr }),
        ...(authenticatedAt !== undefined && { authenticatedAt: authenticatedAt.toISOString() }),
      };
      const key = handle();
      await store.transact(({ oneTime }) => oneTime.put(ANSWER, key, row, new Date(clock.now() + ANSWER_MS)));
      return key;
    },

    async flowOf(key) {
      const row = await store.transact(({ oneTime }) => oneTime.find(ANSWER, key));
      return row === undefined ? undefined : String(row['flowId']);
    },

    async take(key) {
      const row = await store.transact(({ oneTime }) => oneTime.take(ANSWER, key));
      if (row === undefined) throw notFound();
      const { providerId, identity, acr, authenticatedAt } = row as {
        readonly providerId: IdentityProviderId;
        readonly identity: Identity;
        readonly acr?: string;
        readonly authenticatedAt?: string;
      };
      return {
        providerId,
        identity,
        authentication: {
          method: 'saml',
          ...(acr !== undefined && { acr }),
          ...(authenticatedAt !== undefined && { authenticatedAt: new Date(authenticatedAt) }),
        },
      };
    },
  };
}

function notFound(): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_NOT_FOUND',
    message: 'nobody here asked for this answer, or it was given before',
    nextStep: 'Start again from the command line and finish the login in the window that it opens.',
  });
}
