import type { SignInMethod, SignInMethodList } from '@sallyport/core/api';
import { paths } from '../app/paths.ts';
import { reach, readAnswer } from './client.ts';

/** A way to sign in, with the address that leads there. Of local users: where what they type is sent. */
export interface SignInWay extends SignInMethod {
  /** Absent: the login is begun first; see {@link beginLogin}. */
  readonly href?: string;
}

/** What there is to choose from on the sign-in page. */
export interface SignInChoice {
  /** What waits for the login, e.g. a command line. Absent: this page. */
  readonly clientName?: string;
  readonly ways: readonly SignInWay[];
  readonly hasPasskeys: boolean;
}

/** What came of a password: where to go on, or that it must be replaced first. */
export interface LocalAnswer {
  readonly location?: string;
  readonly mustChangePassword?: boolean;
}

const JSON_TYPE = { accept: 'application/json' };

/** The ways to sign in in this browser, which lead back to `returnTo`. */
export const signInMethodsQuery = (returnTo: string) =>
  ({
    queryKey: ['signInMethods', returnTo],
    queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<SignInChoice> => {
      const answer = await reach(signal, () =>
        fetch('/api/v1/sign-in-methods', { headers: JSON_TYPE, redirect: 'error', signal }),
      );
      const { items, hasPasskeys } = readAnswer(answer, await answer.text(), (body) => {
        const { items } = (body ?? {}) as Partial<SignInMethodList>;
        if (!Array.isArray(items)) throw new TypeError('it lists no ways to sign in');
        return body as SignInMethodList;
      });
      const ways = items.map(
        (method): SignInWay =>
          method.kind === 'local'
            ? method
            : { ...method, href: paths.signIn(returnTo, method.organization, method.name) },
      );
      return { ways, hasPasskeys };
    },
  }) as const;

/** What a login that is under way in this browser can go on by. */
export const loginQuery = (id: string) =>
  ({
    queryKey: ['login', id],
    queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<SignInChoice> =>
      readLogin<SignInChoice>(
        await reach(signal, () =>
          fetch(`/login/${encodeURIComponent(id)}`, { headers: JSON_TYPE, redirect: 'error', signal }),
        ),
      ),
    // A login that is over stays over.
    retry: false,
    staleTime: 60_000,
  }) as const;

/**
 * Begins a login of this browser with local users of an organization, and says where what they type is sent.
 * @throws ApiProblemError, CoreError `ERR_API_UNREACHABLE`
 */
export async function beginLogin(returnTo: string, organization: string): Promise<string> {
  const { location = '' } = await send<LocalAnswer>(`${paths.session}/login`, { returnTo, organization });
  const { ways } = await readLogin<SignInChoice>(
    await reach(undefined, () => fetch(location, { headers: JSON_TYPE, redirect: 'error' })),
  );
  const way = ways.find(({ kind }) => kind === 'local');
  if (way?.href === undefined) throw new TypeError('the organization has no local users any more');
  return way.href;
}

/**
 * Sends what a local user typed.
 * @throws ApiProblemError, CoreError `ERR_API_UNREACHABLE`
 */
export const sendLocal = (href: string, fields: Readonly<Record<string, string>>): Promise<LocalAnswer> =>
  send(href, fields);

/**
 * Signs a local user in by a passkey of this device, and says where to go on.
 * @param ask has the device answer the options, which are JSON for `navigator.credentials.get`
 */
export async function signInByPasskey(
  href: string,
  ask: (options: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>,
): Promise<LocalAnswer> {
  const options = await send<Record<string, unknown>>(`${href}/passkey/options`, undefined);
  return send(`${href}/passkey`, undefined, { answer: await ask(options) });
}

async function send<Answer>(
  path: string,
  fields: Readonly<Record<string, string>> | undefined,
  json: object = {},
): Promise<Answer> {
  return readLogin(
    await reach(undefined, () =>
      fetch(path, {
        method: 'POST',
        headers: {
          ...JSON_TYPE,
          'content-type': fields === undefined ? 'application/json' : 'application/x-www-form-urlencoded',
        },
        body: fields === undefined ? JSON.stringify(json) : new URLSearchParams(fields).toString(),
        redirect: 'error',
      }),
    ),
  );
}

async function readLogin<Answer>(answer: Response): Promise<Answer> {
  return readAnswer(answer, await answer.text(), (body) => body as Answer);
}
