import { type ApiKeyId, ID_PREFIXES, isId, type LoginSessionId } from '@sallyport/core';
import { type AddressList, compileAddressList } from '../../network/address-list.ts';
import type { LoginSession } from '../../stores/contracts.ts';
import type { ApiKeyTerms } from '../../stores/machine-contracts.ts';
import type { LiveLogin, LoginSessions } from '../login-sessions.ts';
import { isSameHash, type MintedMachineSecret, mintMachineSecret, parseMachineSecret } from './machine-secret.ts';

type LivePrincipal = LiveLogin['principal'];

/** Longest life of an API key, in milliseconds: a year and a day, so that a yearly rotation fits. */
export const MAX_API_KEY_LIFETIME_MS = 366 * 24 * 60 * 60 * 1000;
/** Life of an API key, in milliseconds, unless told otherwise. */
export const DEFAULT_API_KEY_LIFETIME_MS = 90 * 24 * 60 * 60 * 1000;
/** Most live keys of one service account. */
export const MAX_API_KEYS_PER_ACCOUNT = 20;

/** The login session that an API key is. Both ids have one body, so that either names the other. */
export function loginSessionOfApiKey(id: ApiKeyId): LoginSessionId {
  return `${ID_PREFIXES.loginSession}_${bodyOf(id)}` as LoginSessionId;
}

/** The API key that a login session is. */
export function apiKeyOfLoginSession(id: LoginSessionId): ApiKeyId {
  return `${ID_PREFIXES.apiKey}_${bodyOf(id)}` as ApiKeyId;
}

/** Mints the secret of the API key that is the login session `id`. */
export function mintApiKey(id: LoginSessionId): MintedMachineSecret {
  return mintMachineSecret('apiKey', bodyOf(id));
}

/** Says who presents an API key from `sourceAddress`; `undefined` when it is none that lives and may be used from there. */
export type ApiKeyVerifier = (text: string, sourceAddress: string | undefined) => LiveLogin | undefined;

/**
 * Creates the check of API keys. Everything it needs stands in the snapshot: a request with a key costs one hash and no
 * query, and a key that was revoked anywhere is gone here with its login session.
 */
export function createApiKeyVerifier(options: {
  readonly loginSessions: Pick<LoginSessions, 'find' | 'use'>;
}): ApiKeyVerifier {
  const { loginSessions } = options;
  const addresses = new WeakMap<ApiKeyTerms, AddressList>();
  const limited = new WeakMap<LoginSession, { readonly of: LivePrincipal; readonly principal: LivePrincipal }>();

  function allowsAddress(terms: ApiKeyTerms, sourceAddress: string | undefined): boolean {
    if (terms.ipRanges === undefined) return true;
    let list = addresses.get(terms);
    if (list === undefined) {
      list = compileAddressList(terms.ipRanges);
      addresses.set(terms, list);
    }
    return list(sourceAddress);
  }

  /** The principal with no more than the key's permissions. The same object each time: what is known of it is remembered. */
  function limit({ loginSession, principal }: LiveLogin, permissionLimit: readonly string[]): LivePrincipal {
    const known = limited.get(loginSession);
    if (known?.of === principal) return known.principal;
    const next = { ...principal, permissionLimit };
    limited.set(loginSession, { of: principal, principal: next });
    return next;
  }

  return (text, sourceAddress) => {
    const parsed = parseMachineSecret('apiKey', text);
    const id = `${ID_PREFIXES.loginSession}_${parsed?.keyId}`;
    if (parsed === undefined || !isId('loginSession', id)) return undefined;
    const found = loginSessions.find(id);
    const terms = found?.loginSession.apiKey;
    if (found === undefined || terms === undefined || found.loginSession.method !== 'apiKey') return undefined;
    if (!isSameHash(parsed.sha256, terms.sha256) || !allowsAddress(terms, sourceAddress)) return undefined;
    const login = loginSessions.use(id);
    if (login === undefined || terms.permissions === undefined) return login;
    return { ...login, principal: limit(login, terms.permissions) };
  };
}

function bodyOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}
