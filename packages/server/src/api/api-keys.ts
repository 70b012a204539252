import { createId, isId, parseDuration } from '@sallyport/core';
import type { ApiKeyList, ApiKeyResource, CreateApiKey, CreatedApiKey } from '@sallyport/core/api';
import {
  apiKeyOfLoginSession,
  DEFAULT_API_KEY_LIFETIME_MS,
  loginSessionOfApiKey,
  MAX_API_KEY_LIFETIME_MS,
  MAX_API_KEYS_PER_ACCOUNT,
  mintApiKey,
} from '../authn/machines/api-keys.ts';
import { ApiError } from '../errors.ts';
import { describeCidrProblem } from '../network/address-list.ts';
import { findPrincipal } from '../resources/definitions/principals.ts';
import { notFound } from '../resources/permitted.ts';
import type { Snapshot } from '../snapshot.ts';
import type { LoginSession } from '../stores/contracts.ts';
import type { ApiKeyTerms } from '../stores/machine-contracts.ts';
import type { PrincipalRecord } from '../stores/records.ts';
import { assertHolds, deciding } from './authority.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

type KeySession = LoginSession & { readonly apiKey: ApiKeyTerms };

/** Creates an API key. Whoever does could act as the service account, so they must hold what it holds. */
export const createApiKey: Handler = (context, call): Promise<CreatedApiKey> =>
  deciding(context, call.caller.organization.id, async (snapshot, commit) => {
    assertPermitted(context, call, 'apiKeys.create');
    const body = call.body as CreateApiKey;
    const lifetimeMs = readLifetime(body.lifetime);
    assertRanges(body.ipRanges);
    const account = findAccount(snapshot, call);
    assertHolds(snapshot, call, { kind: 'identity', principal: account });
    const keys = keysOf(snapshot, context, account);
    if (keys.some(({ apiKey }) => apiKey.name === body.name)) {
      throw new ApiError({
        code: 'ERR_API_CONFLICT',
        message: `the service account has an API key ${body.name} already`,
        nextStep: 'Choose another name, or revoke that key first.',
      });
    }
    if (keys.length >= MAX_API_KEYS_PER_ACCOUNT) {
      throw new ApiError({
        code: 'ERR_API_LIMIT',
        message: `the service account has ${keys.length} API keys, limit is ${MAX_API_KEYS_PER_ACCOUNT}`,
        nextStep: 'Revoke keys that are not needed any more.',
      });
    }
    const now = context.clock.now();
    const id = createId('loginSession', now);
    const { secret, sha256 } = mintApiKey(id);
    const { permissions, ipRanges } = body;
    const session: KeySession = {
      id,
      organizationId: account.organizationId,
      principalId: account.id,
      method: 'apiKey',
      client: 'machine',
      createdAt: new Date(now),
      expiresAt: new Date(now + lifetimeMs),
      apiKey: {
        name: body.name,
        sha256,
        ...(permissions !== undefined && { permissions }),
        ...(ipRanges !== undefined && { ipRanges }),
        createdBy: call.caller.principal.userName,
      },
    };
    const created = { apiKey: describeKey(session, account), secret: secret.reveal() };
    await commit(async (tx) => {
      await tx.putLoginSession(session);
      await tx.appendAudit(
        callEvent(context, call, 'api_key.created', {
          details: {
            apiKeyId: apiKeyOfLoginSession(id),
            name: body.name,
            serviceAccount: account.displayName,
            expiresAt: session.expiresAt.toISOString(),
            ...(permissions !== undefined && { permissions }),
            ...(ipRanges !== undefined && { ipRanges }),
          },
        }),
      );
      await call.remember?.(tx, created);
    });
    return created;
  });

/** Lists the live API keys of a service account, by name. */
export const listApiKeys: Handler = async (context, call): Promise<ApiKeyList> => {
  assertPermitted(context, call, 'apiKeys.read');
  const snapshot = context.snapshots.current();
  const account = findAccount(snapshot, call);
  const keys = keysOf(snapshot, context, account).sort((a, b) => (a.apiKey.name < b.apiKey.name ? -1 : 1));
  return { items: keys.map((key) => describeKey(key, account)) };
};

/** Revokes an API key: ends its login session, and with it everything that was minted under it. */
export const revokeApiKey: Handler = async (context, call) => {
  assertPermitted(context, call, 'apiKeys.revoke');
  const snapshot = context.snapshots.current();
  const account = findAccount(snapshot, call);
  const id = call.parameters['id'] ?? '';
  const key = isId('apiKey', id)
    ? keysOf(snapshot, context, account).find((each) => each.id === loginSessionOfApiKey(id))
    : undefined;
  if (key === undefined) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `the service account has no API key ${JSON.stringify(id.slice(0, 64))}`,
      nextStep: 'List its keys to see those that live.',
    });
  }
  await context.store.transact(async (tx) => {
    await tx.deleteLoginSession(key.id);
    await tx.appendAudit(
      callEvent(context, call, 'api_key.revoked', {
        details: { apiKeyId: id, name: key.apiKey.name, serviceAccount: account.displayName },
      }),
    );
  });
  await context.snapshots.refresh();
};

function findAccount(snapshot: Snapshot, { caller, parameters }: Call): PrincipalRecord {
  const name = parameters['name'] ?? '';
  const account = findPrincipal(snapshot, caller.organization.id, 'serviceAccount', name);
  if (account === undefined) throw notFound('ServiceAccount', name);
  return account;
}

function keysOf(snapshot: Snapshot, { clock }: ApiContext, { id }: PrincipalRecord): KeySession[] {
  return [...snapshot.loginSessions.values()].filter(
    (session): session is KeySession =>
      session.principalId === id && session.apiKey !== undefined && session.expiresAt.getTime() > clock.now(),
  );
}

function describeKey(
  { id, apiKey, createdAt, expiresAt, lastUsedAt }: KeySession,
  account: PrincipalRecord,
): ApiKeyResource {
  return {
    id: apiKeyOfLoginSession(id),
    name: apiKey.name,
    serviceAccount: account.displayName,
    ...(apiKey.permissions !== undefined && { permissions: [...apiKey.permissions] }),
    ...(apiKey.ipRanges !== undefined && { ipRanges: [...apiKey.ipRanges] }),
    createdAt,
    createdBy: apiKey.createdBy,
    expiresAt,
    ...(lastUsedAt !== undefined && { lastUsedAt }),
  };
}

function readLifetime(text: string | undefined): number {
  if (text === undefined) return DEFAULT_API_KEY_LIFETIME_MS;
  const lifetimeMs = parseDuration(text);
  if (lifetimeMs > 0 && lifetimeMs <= MAX_API_KEY_LIFETIME_MS) return lifetimeMs;
  throw invalid('body.lifetime', `must be more than nothing and at most ${MAX_API_KEY_LIFETIME_MS / 86_400_000} days`);
}

function assertRanges(ranges: readonly string[] = []): void {
  for (const [index, range] of ranges.entries()) {
    const problem = describeCidrProblem(range);
    if (problem !== undefined) throw invalid(`body.ipRanges.${index}`, problem);
  }
}

function invalid(path: string, message: string): ApiError {
  return new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `the body breaks the contract: ${path} ${message}`,
    problems: [{ path, message }],
    nextStep: 'Correct the place that is named.',
  });
}
