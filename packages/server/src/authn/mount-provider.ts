import type { RequestListener } from 'node:http';
import type { Provider } from 'oidc-provider';

/** How {@link mountProvider} serves a provider. */
export interface MountProviderOptions {
  /** Public origin of the server; every address that the provider states is under it, whatever `Host` a caller sends. */
  readonly publicUrl: string;
  /** Whether a request, given by method and path below the mount, may read the provider's browser session. */
  readonly remembers: (method: string, path: string) => boolean;
}

/**
 * Makes a provider of `oidc-provider` mountable under express. Scheme and host come from the configuration, cookies
 * have the whole host as their path (as the `__Host-` prefix demands), and a browser session is only remembered where
 * one step of a flow leads to the next: each login asks the identity provider anew.
 */
export function mountProvider(provider: Provider, options: MountProviderOptions): RequestListener {
  const { protocol, host } = new URL(options.publicUrl);
  const sessionCookie = provider.cookieName('session');

  provider.proxy = true;
  provider.use(async (context, next) => {
    const set = context.cookies.set.bind(context.cookies);
    context.cookies.set = (name, value, cookieOptions) => set(name, value, { ...cookieOptions, path: '/' });
    await next();
  });

  const handle = provider.callback();
  return (request, response) => {
    const path = new URL(request.url ?? '/', options.publicUrl).pathname;
    for (const name of Object.keys(request.headers)) if (name.startsWith('x-forwarded-')) delete request.headers[name];
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    request.headers['x-forwarded-host'] = host;
    if (!options.remembers(request.method ?? 'GET', path) && request.headers.cookie !== undefined) {
      request.headers.cookie = withoutCookie(request.headers.cookie, sessionCookie);
    }
    handle(request, response);
  };
}

function withoutCookie(header: string, name: string): string {
  return header
    .split(';')
    .filter((pair) => pair.split('=', 1)[0]?.trim() !== name)
    .join(';');
}
