import { type AuditEvent, createAuditEvent } from '@sallyport/audit';
import type { Clock, Logger, LoginSessionId, Principal, Timer } from '@sallyport/core';
import { LoginError } from '../errors.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { ProviderTokens, Store } from '../stores/contracts.ts';
import type { Broker, RefreshedLogin } from './broker.ts';
import {
  assertUserNameFree,
  DEFAULT_ASK_INTERVAL_MS,
  DEFAULT_UNREFRESHED_LIFETIME_MS,
  describePrincipal,
  type LiveLogin,
  type LoginSessions,
  type SessionEnd,
} from './login-sessions.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import type { ProviderDirectory } from './provider-directory.ts';

/** Keeps groups live: asks identity providers whether they still vouch for those who are signed in. */
export interface Vouching {
  /**
   * Asks about one session, unless its provider was asked a moment ago. Says whether the session stands afterwards: true
   * also where there is nobody to ask.
   */
  ask(id: LoginSessionId): Promise<boolean>;
  /** Asks about every session that is due. */
  askDue(): Promise<void>;
  /** Begins to ask about what is due, now and then. */
  start(): void;
  /** Stops, when what is under way has ended. */
  close(): Promise<void>;
}

/** What {@link createVouching} needs. */
export interface VouchingOptions {
  readonly store: Pick<Store, 'transact' | 'providerTokens'>;
  readonly snapshots: SnapshotSource;
  readonly loginSessions: LoginSessions;
  readonly providers: ProviderDirectory;
  readonly broker: Pick<Broker, 'refresh'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often a provider is asked about a session, in milliseconds. Defaults to 10 minutes. */
  readonly askIntervalMs?: number;
  /**
   * How long a session goes on while its provider can't be asked, since the last time that it vouched, in milliseconds; then
   * it ends. Defaults to an hour.
   */
  readonly unreachableGraceMs?: number;
  /** Absolute life of a session whose provider turns out to say nothing when it is asked. Defaults to 4 hours. */
  readonly unrefreshedLifetimeMs?: number;
}

/** Default of {@link VouchingOptions.unreachableGraceMs}. */
export const DEFAULT_UNREACHABLE_GRACE_MS = 60 * 60 * 1000;

/** An answer this young is not asked for again. */
const RECENT_MS = 5_000;
/** How long a server may take over one question before another server may ask it. Above the time limits of a provider. */
const CLAIM_MS = 60_000;
const RETRY_MS = 60_000;
const TICK_MS = 15_000;
const BATCH = 20;
const CONCURRENT = 4;

/**
 * Creates the asking. What a provider answers replaces what it said before: groups that it does not state are gone at once,
 * for every session of the person. A refusal ends the session; a provider that can't be reached gets
 * {@link VouchingOptions.unreachableGraceMs}.
 */
export function createVouching(options: VouchingOptions): Vouching {
  const { store, snapshots, loginSessions, providers, broker, clock, logger } = options;
  const { askIntervalMs = DEFAULT_ASK_INTERVAL_MS, unreachableGraceMs = DEFAULT_UNREACHABLE_GRACE_MS } = options;
  const { unrefreshedLifetimeMs = DEFAULT_UNREFRESHED_LIFETIME_MS } = options;
  let timer: Timer | undefined;
  let isClosed = false;
  let asking: Promise<void> = Promise.resolve();

  const now = () => new Date(clock.now());
  const later = (ms: number) => new Date(clock.now() + ms);
  /** Sessions that began together are not asked about together for ever. */
  const nextAsk = () => later(askIntervalMs * (0.9 + Math.random() * 0.2));

  async function end(login: LiveLogin, reason: SessionEnd): Promise<false> {
    await loginSessions.end(login.loginSession.id, undefined, reason);
    return false;
  }

  /** Asks with tokens that this server has claimed. Says whether the session stands. */
  async function askWith(tokens: ProviderTokens): Promise<boolean> {
    const login = loginSessions.find(tokens.loginSessionId);
    if (login === undefined || tokens.refreshToken === undefined) return login !== undefined;
    const record = login.loginSession.identityProviderId && providers.find(login.loginSession.identityProviderId);
    const provider = record && (await providers.oidc(record));
    if (provider === undefined) return end(login, 'providerDisabled');
    try {
      const answer = await broker.refresh(provider, tokens.refreshToken, login.principal.subjectClaim);
      if (answer === undefined) await settleForLogin(login, tokens);
      else await take(login, provider, tokens, answer);
      return true;
    } catch (error) {
      if (!(error instanceof LoginError)) throw error;
      logger.info({ err: error, provider: provider.name }, 'an identity provider was asked again and did not vouch');
      if (isRefusal(error)) return end(login, 'providerRefused');
      if (clock.now() - tokens.vouchedAt.getTime() >= unreachableGraceMs) return end(login, 'providerUnreachable');
      const askAt = later(Math.min(RETRY_MS, askIntervalMs));
      await store.transact((tx) => tx.putProviderTokens({ ...tokens, askAt }));
      return true;
    }
  }

  /** Replaces what was known of a person by what the provider says now. */
  async function take(
    login: LiveLogin,
    provider: OidcProvider,
    tokens: ProviderTokens,
    answer: RefreshedLogin,
  ): Promise<void> {
    const { principal, loginSession } = login;
    const { identity } = answer;
    // Where SCIM keeps people, the provider's word is that the person may go on, and nothing else.
    const isProvisioned = provider.groupsSource === 'scim';
    if (!isProvisioned) assertUserNameFree(snapshots.current(), principal.organizationId, identity);
    const { email: _, ...before } = principal;
    const after: Principal = isProvisioned ? principal : { ...before, ...identity };
    const isNew = JSON.stringify(identityOf(after)) !== JSON.stringify(identityOf(principal));
    await store.transact(async (tx) => {
      if (isNew) {
        await tx.putPrincipal({ ...after, identityProviderId: provider.id });
        await tx.appendAudit(groupsEvent(login, after));
      }
      await tx.putProviderTokens({
        ...tokens,
        ...answer.tokens,
        loginSessionId: loginSession.id,
        vouchedAt: now(),
        askAt: nextAsk(),
      });
    });
    if (isNew) await snapshots.refresh();
  }

  /** The provider says nothing about people after their login: the session gets the life of one that can't be asked. */
  async function settleForLogin({ loginSession }: LiveLogin, tokens: ProviderTokens): Promise<void> {
    const { refreshToken: _, ...rest } = tokens;
    const end = Math.min(loginSession.expiresAt.getTime(), loginSession.createdAt.getTime() + unrefreshedLifetimeMs);
    await store.transact(async (tx) => {
      await tx.putProviderTokens(rest);
      await tx.putLoginSession({ ...loginSession, expiresAt: new Date(end) });
    });
    await snapshots.refresh();
  }

  function groupsEvent({ principal, loginSession }: LiveLogin, after: Principal): AuditEvent {
    return createAuditEvent('principal.groups.changed', clock.now(), {
      organizationId: principal.organizationId,
      principal: describePrincipal(after),
      loginSessionId: loginSession.id,
      details: {
        added: after.groups.filter((group) => !principal.groups.includes(group)),
        removed: principal.groups.filter((group) => !after.groups.includes(group)),
        ...(after.userName !== principal.userName && { formerUserName: principal.userName }),
      },
    });
  }

  async function askAll(): Promise<void> {
    while (!isClosed) {
      const due = await store.providerTokens.claimDue(now(), later(CLAIM_MS), BATCH);
      const queue = [...due];
      const worker = async () => {
        for (let tokens = queue.shift(); tokens !== undefined; tokens = queue.shift()) {
          await askWith(tokens).catch((error: unknown) => {
            logger.error({ err: error }, 'asking an identity provider again failed');
          });
        }
      };
      await Promise.all(Array.from({ length: CONCURRENT }, worker));
      if (due.length < BATCH) return;
    }
  }

  const vouching: Vouching = {
    async ask(id) {
      const known = await store.providerTokens.find(id);
      const isRecent = known !== undefined && clock.now() - known.vouchedAt.getTime() < RECENT_MS;
      if (known?.refreshToken !== undefined && !isRecent) {
        // Another server that asks at this moment writes down what it hears.
        const tokens = await store.providerTokens.claim(id, now(), later(CLAIM_MS));
        if (tokens !== undefined) return askWith(tokens);
      }
      return loginSessions.find(id) !== undefined;
    },
    askDue() {
      asking = asking.then(askAll);
      return asking;
    },
    start() {
      const tick = async () => {
        try {
          await vouching.askDue();
        } catch (error) {
          asking = Promise.resolve();
          logger.warn({ err: error }, 'sessions that are due could not be asked about');
        }
        if (!isClosed) timer = clock.setTimeout(() => void tick(), TICK_MS);
      };
      timer = clock.setTimeout(() => void tick(), TICK_MS);
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      await asking.catch(() => undefined);
    },
  };
  return vouching;
}

/** Whether a provider has said no, rather than nothing. What can't be understood counts as nothing, for a bounded time. */
function isRefusal({ code, cause }: LoginError): boolean {
  if (code === 'ERR_LOGIN_CLAIMS_REFUSED' || code === 'ERR_LOGIN_USER_NAME_TAKEN') return true;
  return code === 'ERR_LOGIN_PROVIDER_REFUSED' && (cause as { readonly error?: unknown }).error === 'invalid_grant';
}

function identityOf({ userName, displayName, email, groups }: Principal): readonly unknown[] {
  return [userName, displayName, email, groups];
}
