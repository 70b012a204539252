import { type Browser, type BrowserFetch, type BrowserForm, type BrowserPage, createBrowser } from './browser.ts';

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

/** What the device page shows of a device before it is confirmed. */
export interface ShownDevice {
  readonly userCode: string;
  readonly client: string;
  readonly address: string;
  readonly userAgent: string;
  readonly requestedAt: string;
}

/** What the device page is told: what its next form must carry, the device, or what was wrong with the code. */
export interface DeviceState {
  readonly xsrf?: string;
  readonly device?: ShownDevice;
  readonly problem?: string;
}

/**
 * Types a user code as the device page would.
 * @param publicUrl of the server
 */
export async function typeUserCode(browser: Browser, publicUrl: string, userCode: string): Promise<DeviceState> {
  const action = `${publicUrl}/oauth/device`;
  const { xsrf = '' } = JSON.parse((await browser.ask(action)).body) as DeviceState;
  return JSON.parse((await browser.ask(action, { xsrf, user_code: userCode })).body) as DeviceState;
}

/**
 * Approves a device as a person with a browser would: types the code, reads who asks, confirms, and signs in. Resolves
 * with what the person read before confirming.
 */
export async function approveDevice(
  options: SignInOptions & { readonly verificationUri: string; readonly userCode: string },
): Promise<ShownDevice> {
  const browser = createBrowser({
    ...(options.fetch && { fetch: options.fetch }),
    // The end is a page that only a script draws.
    leaveAt: (url) => new URL(url).pathname === '/device' && new URL(url).searchParams.has('outcome'),
  });
  const { origin } = new URL(options.verificationUri);
  const { xsrf = '', device, problem } = await typeUserCode(browser, origin, options.userCode);
  if (device === undefined)
    throw new Error(`the device page refused the code: ${problem ?? 'it told nothing of a device'}`);
  let page = await browser.submit(confirmation(`${origin}/oauth/device`), {
    xsrf,
    user_code: device.userCode,
    confirm: 'yes',
  });
  for (let pages = 0; page !== undefined && pages < MAX_PAGES; pages++) page = await passPage(browser, page, options);
  if (page !== undefined) throw failure(page);
  const outcome = new URL(browser.location).searchParams.get('outcome');
  if (outcome !== 'signedIn') throw new Error(`the device page tells of ${outcome}`);
  return device;
}

/** The form by which the device page confirms. */
const confirmation = (action: string): BrowserForm => ({
  method: 'post',
  action,
  fields: ['xsrf', 'user_code', 'confirm'].map((name) => ({ name, type: 'hidden', value: '' })),
});

async function passPage(browser: Browser, page: BrowserPage, options: SignInOptions): Promise<BrowserPage | undefined> {
  if (page.status !== 200) throw failure(page);
  const form = page.forms.find(({ fields }) => fields.some(({ type }) => type === 'password'));
  // Where our own page offers providers besides, one of them is chosen.
  const isOwnChoice = new URL(page.url).pathname === '/sign-in' && page.links.length > 0;
  if (form !== undefined && !isOwnChoice) {
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

function failure(page: BrowserPage): Error {
  const content = /<main>([\s\S]*)<\/main>/.exec(page.body)?.[1] ?? page.body;
  const text = content
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return new Error(`the page at ${page.url} answered ${page.status}: ${text.slice(0, 1_000)}`);
}
