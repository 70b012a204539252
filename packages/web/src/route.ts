/** Where access is asked for, as an address says it; all of it comes from whoever made the link. */
export interface AskedPlace {
  readonly cluster: string;
  /** Empty: the whole cluster. */
  readonly namespace: string;
  readonly role: string;
}

/** The page that an address names. */
export type Route =
  | { readonly page: 'landing' }
  | { readonly page: 'newRequest'; readonly place: AskedPlace }
  | { readonly page: 'request'; readonly id: string };

const REQUEST = /^\/access\/requests\/([\w-]{1,64})$/;
/** Longest name that is read from an address; no cluster, namespace or role has a longer one. */
const MAX_NAME_CHARACTERS = 63;

/** Reads an address. The server answers only addresses of pages with this program; of what is none the home page is made. */
export function readRoute({ pathname, searchParams }: URL): Route {
  if (pathname === '/access/new') {
    const name = (key: string) => (searchParams.get(key) ?? '').slice(0, MAX_NAME_CHARACTERS);
    return {
      page: 'newRequest',
      place: { cluster: name('cluster'), namespace: name('namespace'), role: name('role') },
    };
  }
  const id = REQUEST.exec(pathname)?.[1];
  return id === undefined ? { page: 'landing' } : { page: 'request', id };
}

/** Every address that the pages lead to. */
export const paths = {
  home: '/',
  newRequest: (place: Partial<AskedPlace> = {}) => {
    const query = new URLSearchParams(Object.entries(place).filter(([, value]) => value !== ''));
    return query.size === 0 ? '/access/new' : `/access/new?${query}`;
  },
  request: (id: string) => `/access/requests/${encodeURIComponent(id)}`,
  /** Signing in, which leads back to `returnTo`. */
  signIn: (returnTo: string) => `/session/login?${new URLSearchParams({ returnTo })}`,
  session: '/session',
  signOut: '/session/logout',
} as const;
