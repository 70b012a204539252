/** Where access is asked for, as an address says it; all of it comes from whoever made the link. */
export interface AskedPlace {
  readonly cluster: string;
  /** Empty: the whole cluster. */
  readonly namespace: string;
  readonly role: string;
}

type Query = Readonly<Record<string, string | undefined>>;

function withQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

const one = (path: string) => (id: string, query?: Query) => withQuery(`${path}/${encodeURIComponent(id)}`, query);
const all = (path: string) => (query?: Query) => withQuery(path, query);

/** Every address of the site, and those of the server that a browser is led to. */
export const paths = {
  home: '/',
  newRequest: (place: Partial<AskedPlace> & { readonly object?: string } = {}) =>
    withQuery('/access/new', { ...place }),
  requests: all('/access/requests'),
  request: one('/access/requests'),
  inbox: (id?: string) => withQuery('/access/inbox', { id }),
  grants: all('/access/grants'),
  calendar: all('/access/calendar'),
  reviews: all('/access/reviews'),
  review: one('/access/reviews'),
  clusters: all('/clusters'),
  newCluster: '/clusters/new',
  cluster: one('/clusters'),
  clusterTab: (cluster: string, tab: string) => `/clusters/${encodeURIComponent(cluster)}/${tab}`,
  /** `rest` is a path below the browser, its segments already encoded. */
  browse: (cluster: string, rest = '', query?: Query) =>
    withQuery(`/clusters/${encodeURIComponent(cluster)}/browse${rest === '' ? '' : `/${rest}`}`, query),
  terminal: (query?: { readonly cluster?: string; readonly command?: string }) => withQuery('/terminal', { ...query }),
  recordings: all('/recordings'),
  recording: one('/recordings'),
  audit: all('/audit'),
  auditEvent: one('/audit'),
  people: all('/people'),
  groups: all('/groups'),
  serviceAccounts: all('/service-accounts'),
  roles: all('/roles'),
  role: one('/roles'),
  bindings: all('/bindings'),
  policies: all('/policies'),
  suggestRole: all('/policies/suggest'),
  playground: all('/playground'),
  identityProviders: all('/identity-providers'),
  notificationChannels: all('/notification-channels'),
  auditSinks: all('/audit-sinks'),
  settings: all('/settings'),
  organization: all('/organization'),
  account: '/account',
  /** Signing in, which leads back to `returnTo`; `organization` and `provider` name with whom. */
  signIn: (returnTo: string, organization?: string, provider?: string) =>
    withQuery('/session/login', { organization, provider, returnTo }),
  /** Where a login that is under way is gone on with. The server leads there. */
  signInPage: '/sign-in',
  /** Approving a device. */
  device: '/device',
  session: '/session',
  signOut: '/session/logout',
} as const;

/** First words of the addresses of pages. The server answers these with the page's document (`assets.ts`). */
export const PAGE_WORDS = [
  'access',
  'clusters',
  'terminal',
  'recordings',
  'audit',
  'people',
  'groups',
  'service-accounts',
  'roles',
  'bindings',
  'policies',
  'playground',
  'identity-providers',
  'notification-channels',
  'audit-sinks',
  'settings',
  'organization',
  'account',
  'sign-in',
  'device',
] as const;
