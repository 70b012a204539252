import { createId } from '@sallyport/core';
import { type MockHandlers, notFound } from './handlers.ts';

const SIGNED_OUT = { endedCount: 1 };

/** What the reader may do about themselves: who they are, their login sessions, credentials, factors and running sessions. */
export const ownHandlers: MockHandlers<
  | 'whoAmI'
  | 'watchMyChanges'
  | 'listMyEndedStreams'
  | 'listMyLoginSessions'
  | 'endMyLoginSession'
  | 'endMyLoginSessions'
  | 'listMyCredentials'
  | 'revokeMyCredential'
  | 'revokeMyCredentials'
  | 'getMyFactors'
  | 'beginMyPasskey'
  | 'addMyPasskey'
  | 'removeMyPasskey'
  | 'beginMyTotp'
  | 'confirmMyTotp'
  | 'replaceMyRecoveryCodes'
  | 'setMyPassword'
  | 'listMySessions'
  | 'terminateMySession'
> = {
  whoAmI: ({ world }) => world.me,
  async *watchMyChanges({ world, signal }) {
    yield 'retry: 2000\n\n';
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        world.watchers.add(resolve);
        signal.addEventListener('abort', () => resolve());
      });
      world.watchers.clear();
      yield 'event: change\ndata: {}\n\n';
    }
  },
  listMyEndedStreams: () => ({ items: [] }),
  listMyLoginSessions: ({ world }) => ({
    items: world.loginSessions,
    metadata: { totalCount: world.loginSessions.length, resourceVersion: '1' },
  }),
  endMyLoginSession: ({ input: { id }, world }) => {
    if (!world.loginSessions.some((session) => session.id === id)) throw notFound('login session');
    world.loginSessions = world.loginSessions.filter((session) => session.id !== id);
    return undefined;
  },
  endMyLoginSessions: ({ world }) => {
    const endedCount = world.loginSessions.length;
    world.loginSessions = [];
    return { ...SIGNED_OUT, endedCount };
  },
  listMyCredentials: ({ world }) => ({
    items: world.credentials,
    metadata: { totalCount: world.credentials.length, resourceVersion: '1' },
  }),
  revokeMyCredential: ({ input: { id }, world }) => {
    world.credentials = world.credentials.filter((credential) => credential.id !== id);
    return undefined;
  },
  revokeMyCredentials: ({ world }) => {
    const endedCount = world.credentials.length;
    world.credentials = [];
    return { endedCount };
  },
  getMyFactors: ({ world }) => world.factors,
  beginMyPasskey: () => ({ options: {} }),
  addMyPasskey: ({ input: { body }, world }) => {
    const passkey = {
      id: createId('passkey'),
      displayName: body.displayName ?? 'Passkey',
      isSynced: true,
      createdAt: new Date(),
    };
    world.factors = { ...world.factors, passkeys: [...world.factors.passkeys, passkey] };
    return passkey;
  },
  removeMyPasskey: ({ input: { id }, world }) => {
    world.factors = { ...world.factors, passkeys: world.factors.passkeys.filter((passkey) => passkey.id !== id) };
    return undefined;
  },
  beginMyTotp: () => ({ secret: 'JBSWY3DPEHPK3PXP', address: 'otpauth://totp/Sallyport:mira?secret=JBSWY3DPEHPK3PXP' }),
  confirmMyTotp: ({ world }) => {
    world.factors = { ...world.factors, hasTotp: true, recoveryCodesLeft: 10 };
    return { recoveryCodes: codes() };
  },
  replaceMyRecoveryCodes: ({ world }) => {
    world.factors = { ...world.factors, recoveryCodesLeft: 10 };
    return { recoveryCodes: codes() };
  },
  setMyPassword: ({ world }) => {
    world.factors = { ...world.factors, hasPassword: true, mustChangePassword: false };
    return undefined;
  },
  listMySessions: ({ world }) => ({
    items: world.sessions.filter(({ state }) => state === 'recording'),
    metadata: { totalCount: world.sessions.length },
  }),
  terminateMySession: ({ input: { id }, world }) => {
    world.sessions = world.sessions.map((session) =>
      session.id === id ? { ...session, state: 'complete' as const } : session,
    );
    return undefined;
  },
};

const codes = () => Array.from({ length: 10 }, (_, index) => `abcd-efg${index}`);
