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

/** A browser without a screen: cookies, redirects, links and forms; no script. */
export interface Browser {
  /** Opens an address. `undefined` when the redirects ended at one that {@link BrowserOptions.leaveAt} named. */
  open(url: string): Promise<BrowserPage | undefined>;
  /** Sends a form with its own values, overridden by `values`. */
  submit(form: BrowserForm, values: Readonly<Record<string, string>>): Promise<BrowserPage | undefined>;
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

  async function go(url: string, method: string, body?: string): Promise<BrowserPage | undefined> {
    let next: { url: string; method: string; body?: string } = { url, method, ...(body !== undefined && { body }) };
    for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
      location = next.url;
      if (options.leaveAt?.(next.url)) return undefined;
      const { origin } = new URL(next.url);
      const cookies = [...(jar.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await doFetch(next.url, {
        method: next.method,
        headers: {
          accept: 'text/html,*/*;q=0.8',
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
        return readPage(next.url, response.status, text, response.headers);
      }
      next = { url: new URL(target, next.url).href, method: 'GET' };
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects, the last one to ${location}`);
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

function readPage(url: string, status: number, body: string, headers: BrowserPage['headers']): BrowserPage {
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
