import { MockProblem } from './handlers.ts';

const LOGIN = '/login/mock';
const LOCAL = '/login/local/in/halden/mock';

/** What a login of the mock goes on by. */
const STATE = {
  clientName: 'Sallyport command line',
  isDevice: false,
  hasPasskeys: true,
  ways: [
    { kind: 'oidc', organization: 'halden', name: 'sso', displayName: 'Halden SSO', href: `${LOGIN}/with/halden/sso` },
    { kind: 'local', organization: 'halden', displayName: 'User of this server', href: LOCAL },
  ],
};

/** The user code of the device that asks; any other one is unknown. */
const USER_CODE = 'BCDF-GHJK';
const DEVICE = {
  userCode: USER_CODE,
  client: 'Sallyport command line',
  address: '203.0.113.7',
  userAgent: 'sallyport/0.1.0 linux x64',
};

/** An answer to a page of a login, which is no operation of the API. */
export interface SignInAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What the server says to the sign-in page and to the device page; `undefined`: the request is for neither. */
export function answerSignIn(method: string, pathname: string, body: string, now: Date): SignInAnswer | undefined {
  const fields = new URLSearchParams(body);
  if (method === 'GET' && pathname.startsWith('/login/')) {
    return pathname === LOGIN ? { status: 200, body: STATE } : refuse(400, 'ERR_LOGIN_NOT_FOUND', 'this login is over');
  }
  if (method === 'POST' && pathname === '/session/login') return { status: 200, body: { location: LOGIN } };
  if (method === 'POST' && pathname === `${LOCAL}/change`) return { status: 200, body: { location: '/' } };
  if (method === 'POST' && pathname === LOCAL) {
    if (fields.get('password') === 'change me') return { status: 200, body: { mustChangePassword: true } };
    return refuse(401, 'ERR_LOGIN_LOCAL_REFUSED', 'user name, password or code is wrong');
  }
  if (pathname === '/oauth/device') return { status: 200, body: answerDevice(method, fields, now) };
  return undefined;
}

function answerDevice(method: string, fields: URLSearchParams, now: Date): object {
  const xsrf = 'of-the-mock';
  if (method === 'GET') return { xsrf };
  if (fields.get('user_code') !== USER_CODE) return { xsrf, problem: 'unknown' };
  if (fields.get('abort') !== null) return { xsrf, problem: 'refused' };
  return { xsrf, device: { ...DEVICE, requestedAt: now.toISOString() } };
}

const refuse = (status: number, code: string, detail: string): SignInAnswer => ({
  status,
  body: new MockProblem(status, code, detail, 'Try again.').problem,
});
