import { type BrowserFetch, signIn } from '@sallyport/core/testing';
import { Agent, fetch } from 'undici';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { kubeLogin } from '../kube/kube-login.ts';
import { loginByBrowser } from '../login/browser-login.ts';
import { login } from '../login/login.ts';
import { withSession } from '../session/session.ts';
import { createHome } from '../state/home.ts';
import { updateProfiles } from '../state/profiles-file.ts';
import { type DemoRole, emailOf } from './demo-people.ts';
import type { DemoState } from './demo-state.ts';

/** What signing a person of the demo in needs. */
export interface DemoLoginOptions {
  readonly role: DemoRole;
  readonly state: DemoState;
  readonly url: string;
  readonly caPem: string;
  readonly signal: AbortSignal;
}

/** The context in which a person of the demo runs commands: their own state folder, and no keyring beside it. */
export function contextOfPerson(context: CliContext, state: DemoState, role: DemoRole): CliContext {
  const { SALLYPORT_PROFILE: _, ...env } = context.env;
  return { ...context, env: { ...env, SALLYPORT_HOME: state.homeOf(role), SALLYPORT_KEYRING: 'off' } };
}

/**
 * Makes sure that a person of the demo is logged in, by the login that everybody uses: only the browser is played. A
 * session that is alive is kept.
 */
export async function ensureLoggedIn(context: CliContext, options: DemoLoginOptions): Promise<void> {
  const { role, state, url, caPem, signal } = options;
  const person = contextOfPerson(context, state, role);
  const home = createHome(state.homeOf(role));
  const isKept = await withSession(person, { server: url }, ({ api }) => api.whoAmI({}, { signal })).then(
    () => true,
    () => false,
  );
  if (isKept) return;
  // The folder is meant to be handed to scripts: what is needed to use it lies inside it, not in a keyring.
  await updateProfiles(context, home, (profiles) => ({ ...profiles, secretStorage: 'file' }));
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const browserFetch = ((target: string, init: object) => fetch(target, { ...init, dispatcher })) as unknown;
  try {
    await login(person, {
      server: url,
      caPem,
      signal,
      onWarning: () => {},
      flow: (flow) =>
        loginByBrowser({
          ...flow,
          present: async (authorizationUrl) => {
            const redirect = await signIn({
              authorizationUrl: authorizationUrl.href,
              user: emailOf(role),
              password: state.passwords[role],
              fetch: browserFetch as BrowserFetch,
            }).catch((error: unknown) => {
              throw notSignedIn(role, state, error);
            });
            await fetch(redirect);
          },
        }),
    });
  } finally {
    await dispatcher.destroy();
  }
}

// The page's own words stay in the cause: its address carries a code.
function notSignedIn(role: DemoRole, state: DemoState, cause: unknown): CliError {
  return new CliError({
    code: 'ERR_DEMO_START',
    message: `${emailOf(role)} could not sign in at the demo's identity provider`,
    cause,
    nextStep: `Delete ${state.folder}, which belongs to another demo or was changed, or name another folder with --state.`,
  });
}

/** Writes the kubeconfig of a person of the demo. */
export async function ensureKubeconfig(
  context: CliContext,
  options: Pick<DemoLoginOptions, 'role' | 'state' | 'url'> & { readonly cluster: string },
): Promise<void> {
  const { role, state, url, cluster } = options;
  await kubeLogin(contextOfPerson(context, state, role), {
    server: url,
    clusters: { name: cluster },
    kubeconfig: state.kubeconfigOf(role),
    isCurrent: true,
  });
}
