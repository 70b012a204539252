import { type Browser, type BrowserFetch, type BrowserPage, createBrowser } from './browser.ts';

/** A person who signs in. */
export interface SignInOptions {
  /** What the person types into the provider's user field. */
  readonly user: string;
  readonly password: string;
  /** Text that the link of the wanted identity provider ends with, where there is a choice. Defaults to the first. */
  readonly provider?: string;
  /** Defaults to the global `fetch`. Hand in one that trusts a private CA. */
  readonly fetch?: BrowserFetch;
}

const MAX_PAGES = 10;

/**
 * Goes through a login as a person with a browser would: follows the authorization address to the identity provider,
 * fills in its form, and comes back. Resolves with the address that the client would have been redirected to, with
 * `code` and `state` (or `error`) in its query. Works with any provider whose form has one password field.
 *
 * Rejects with what the page says when the login fails.
 */
export async function signIn(options: SignInOptions & { readonly authorizationUrl: string }): Promise<string> {
  const redirectUri = new URL(options.authorizationUrl).searchParams.get('redirect_uri') ?? '';
  const browser = createBrowser({
    ...(options.fetch && { fetch: options.fetch }),
    leaveAt: (url) => redirectUri !== '' && url.split('?', 1)[0] === redirectUri,
  });
  let page = await browser.open(options.authorizationUrl);
  for (let pages = 0; page !== undefined && pages < MAX_PAGES; pages++) page = await passPage(browser, page, options);
  if (page !== undefined) throw new Error(`the login did not end; it stands at ${page.url}`);
  return browser.location;
}

/**
 * Approves a device as a person with a browser would: types the code, reads who asks, confirms, and signs in. Resolves
 * with the page that the person read before confirming.
 */
export async function approveDevice(
  options: SignInOptions & { readonly verificationUri: string; readonly userCode: string },
): Promise<BrowserPage> {
  const browser = createBrowser(options.fetch ? { fetch: options.fetch } : {});
  const asked = shown(await browser.open(options.verificationUri));
  const confirmation = shown(await submitWith(browser, asked, 'user_code', { user_code: options.userCode }));
  let page = shown(await submitWith(browser, confirmation, 'confirm', { confirm: 'yes' }));
  for (let pages = 0; pages < MAX_PAGES && needsPerson(page); pages++) {
    page = shown(await passPage(browser, page, options));
  }
  if (page.status !== 200 || needsPerson(page)) throw failure(page);
  return confirmation;
}

function needsPerson(page: BrowserPage): boolean {
  return page.forms.length > 0 || page.links.length > 0;
}

async function passPage(browser: Browser, page: BrowserPage, options: SignInOptions): Promise<BrowserPage | undefined> {
  if (page.status !== 200) throw failure(page);
  const form = page.forms.find(({ fields }) => fields.some(({ type }) => type === 'password'));
  if (form !== undefined) {
    const userField = form.fields.find(({ type }) => type === 'text' || type === 'email');
    const passwordField = form.fields.find(({ type }) => type === 'password');
    if (userField === undefined || passwordField === undefined) throw failure(page);
    return browser.submit(form, { [userField.name]: options.user, [passwordField.name]: options.password });
  }
  const { provider } = options;
  const link = provider === undefined ? page.links[0] : page.links.find((each) => each.endsWith(provider));
  if (link === undefined) throw failure(page);
  return browser.open(link);
}

async function submitWith(browser: Browser, page: BrowserPage, field: string, values: Record<string, string>) {
  const form = page.forms.find(({ fields }) => fields.some(({ name }) => name === field));
  if (page.status !== 200 || form === undefined) throw failure(page);
  return browser.submit(form, values);
}

function shown(page: BrowserPage | undefined): BrowserPage {
  if (page === undefined) throw new Error('the browser left for an address of its own');
  return page;
}

function failure(page: BrowserPage): Error {
  const content = /<main>([\s\S]*)<\/main>/.exec(page.body)?.[1] ?? page.body;
  const text = content
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return new Error(`the page at ${page.url} answered ${page.status}: ${text.slice(0, 1_000)}`);
}
