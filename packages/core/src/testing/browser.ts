/** The part of `fetch` that the browser needs. It must not follow redirects by itself when told `manual`. */
export type BrowserFetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'manual';
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null; getSetCookie(): string[] };
  text(): Promise<string>;
}>;

/** A page that the browser shows. */
export interface BrowserPage {
  readonly url: string;
  readonly status: number;
  readonly body: string;
  readonly headers: { get(name: string): string | null };
  readonly forms: readonly BrowserForm[];
  /** Targets of the page's links, absolute. */
  readonly links: readonly string[];
}

/** A form of a page. */
export interface BrowserForm {
  readonly method: string;
  readonly action: string;
  readonly fields: readonly { readonly name: string; readonly type: string; readonly value: string }[];
}

/**
 * A browser without a screen: cookies, redirects, links and forms; no script. It plays the part of one script: of Sallyport's sign-in
 * page it shows as links and forms what the page would draw of its login.
 */
export interface Browser {
  /** Opens an address. `undefined` when the redirects ended at one that {@link BrowserOptions.leaveAt} named. */
  open(url: string): Promise<BrowserPage | undefined>;
  /** Sends a form with its own values, overridden by `values`. */
  submit(form: BrowserForm, values: Readonly<Record<string, string>>): Promise<BrowserPage | undefined>;
  /** Asks as a script of a page does: for JSON, by `GET`, or by `POST` where there are fields to send. */
  ask(url: string, fields?: Readonly<Record<string, string>>): Promise<BrowserPage>;
  /** Where the browser was when it stopped. */
  readonly location: string;
}

/** What {@link createBrowser} takes. */
export interface BrowserOptions {
  /** Defaults to the global `fetch`. */
  readonly fetch?: BrowserFetch;
  /** Stops before this address is asked for, as the loopback redirect of a command line is for its own listener. */
  readonly leaveAt?: (url: string) => boolean;
}

const MAX_REDIRECTS = 20;

/** Creates a browser with an empty cookie jar. It checks what the cookie prefixes promise, as real ones do. */
export function createBrowser(options: BrowserOptions = {}): Browser {
  const doFetch: BrowserFetch = options.fetch ?? ((url, init) => fetch(url, init));
  const jar = new Map<string, Map<string, string>>();
  let location = '';

  async function go(
    url: string,
    method: string,
    body?: string,
    accept = 'text/html,*/*;q=0.8',
  ): Promise<BrowserPage | undefined> {
    let next: { url: string; method: string; body?: string } = { url, method, ...(body !== undefined && { body }) };
    for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
      location = next.url;
      if (options.leaveAt?.(next.url)) return undefined;
      const { origin } = new URL(next.url);
      const cookies = [...(jar.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await doFetch(next.url, {
        method: next.method,
        headers: {
          accept,
          ...(cookies !== '' && { cookie: cookies }),
          ...(next.method === 'POST' && { origin, 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(next.body !== undefined && { body: next.body }),
        redirect: 'manual',
      });
      for (const line of response.headers.getSetCookie()) keepCookie(origin, line);
      const text = await response.text();
      const target = response.headers.get('location');
      if (target === null || response.status < 300 || response.status >= 400) {
        const login = signInPageLogin(next.url);
        if (login === undefined) return readPage(next.url, response.status, text, response.headers);
        const state = await ask(`${origin}/login/${login}`);
        return { ...state, url: next.url };
      }
      next = { url: new URL(target, next.url).href, method: 'GET' };
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects, the last one to ${location}`);
  }

  async function ask(url: string, fields?: Readonly<Record<string, string>>): Promise<BrowserPage> {
    const body = fields && new URLSearchParams(fields).toString();
    const page = await go(url, fields === undefined ? 'GET' : 'POST', body, 'application/json');
    if (page === undefined) throw new Error(`the browser left for ${location}`);
    return page;
  }

  function keepCookie(origin: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const lower = attributes.map((attribute) => attribute.toLowerCase());
    const isWhole = lower.includes('path=/') && !lower.some((attribute) => attribute.startsWith('domain='));
    if (name.startsWith('__Host-') && !(isWhole && lower.includes('secure') && origin.startsWith('https:'))) return;
    const cookies = jar.get(origin) ?? new Map<string, string>();
    jar.set(origin, cookies);
    const isOver = lower.some((attribute) => attribute.startsWith('expires=thu, 01 jan 1970'));
    if (isOver) cookies.delete(name);
    else cookies.set(name, pair.slice(name.length + 1));
  }

  return {
    get location() {
      return location;
    },
    open: (url) => go(url, 'GET'),
    ask,
    submit(form, values) {
      const fields = form.fields.filter(({ type, name }) => name !== '' && (type !== 'submit' || name in values));
      const data = new URLSearchParams(
        fields.map(({ name, value }): [string, string] => [name, values[name] ?? value]),
      );
      if (form.method === 'post') return go(form.action, 'POST', data.toString());
      return go(`${form.action.split('?', 1)[0]}?${data}`, 'GET');
    },
  };
}

/** Id of the login that an address of the sign-in page is about. */
function signInPageLogin(url: string): string | undefined {
  const { pathname, searchParams } = new URL(url);
  return pathname === '/sign-in' ? (searchParams.get('login') ?? undefined) : undefined;
}

/** What the sign-in page is told, as far as the browser draws it. */
interface SignInState {
  readonly ways?: readonly { readonly kind: string; readonly href: string }[];
  readonly location?: string;
  readonly mustChangePassword?: boolean;
}

function readSignInState(url: string, body: string): Pick<BrowserPage, 'forms' | 'links'> {
  const { ways = [], location, mustChangePassword } = (JSON.parse(body) ?? {}) as SignInState;
  const form = (action: string, fields: Readonly<Record<string, string>>): BrowserForm => ({
    method: 'post',
    action: new URL(action, url).href,
    fields: Object.entries(fields).map(([name, type]) => ({ name, type, value: '' })),
  });
  const leading = ways.filter(({ kind }) => kind !== 'local').map(({ href }) => href);
  return {
    links: [...leading, ...(location === undefined ? [] : [location])].map((href) => new URL(href, url).href),
    forms: [
      ...ways
        .filter(({ kind }) => kind === 'local')
        .map(({ href }) => form(href, { userName: 'text', password: 'password', code: 'text' })),
      ...(mustChangePassword === true ? [form(`${url}/change`, { password: 'password' })] : []),
    ],
  };
}

function readPage(url: string, status: number, body: string, headers: BrowserPage['headers']): BrowserPage {
  if (/^application\/(problem\+)?json\b/.test(headers.get('content-type') ?? '')) {
    return { url, status, body, headers, ...readSignInState(url, body) };
  }
  const forms = [...body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes = '', content = '']) => ({
    method: (attribute(attributes, 'method') ?? 'get').toLowerCase(),
    action: new URL(attribute(attributes, 'action') ?? url, url).href,
    fields: [...content.matchAll(/<(input|button)\b([^>]*)>/gi)].map(([, tag = '', attrs = '']) => ({
      name: attribute(attrs, 'name') ?? '',
      type: (attribute(attrs, 'type') ?? (tag.toLowerCase() === 'button' ? 'submit' : 'text')).toLowerCase(),
      value: attribute(attrs, 'value') ?? '',
    })),
  }));
  const links = [...body.matchAll(/<a\b([^>]*)>/gi)].flatMap(([, attributes = '']) => {
    const target = attribute(attributes, 'href');
    return target === undefined ? [] : [new URL(target, url).href];
  });
  return { url, status, body, headers, forms, links };
}

function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(attributes);
  const value = match?.[1] ?? match?.[2] ?? match?.[3];
  return value === undefined ? undefined : decodeEntities(value);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|#x27);/gi, (_, name: string) => ENTITIES[name.toLowerCase()] as string);
}
