import type { Clock } from '@sallyport/core';
import type { Client, Context } from 'oidc-provider';

interface DeviceInfo {
  readonly address: string;
  readonly userAgent: string;
  readonly requestedAt: string;
}

/** The page of the web UI where devices are approved. */
export const DEVICE_PAGE = '/device';

/**
 * The device flow (RFC 8628) as the device page of the web UI asks for it. The code alone must not be enough to phish a login: before
 * anything is confirmed, the page names the client, the address that asks, and what it will be able to do. Codes are typed:
 * the page takes none from a link, since typing is what makes people compare them with their terminal. A confirmation is sent as a
 * form, which leads on to signing in; whatever goes wrong on that way leads back to the page.
 */
export function deviceFlow({ clock }: { readonly clock: Clock }): Readonly<Record<string, unknown>> {
  return {
    enabled: true,
    charset: 'base-20',
    mask: '****-****',
    deviceInfo: (context: Context): DeviceInfo => ({
      address: context.ip,
      userAgent: context.get('user-agent').slice(0, 256),
      requestedAt: new Date(clock.now()).toISOString(),
    }),

    async userCodeInputSource(context: Context, _form: string, _out: unknown, error?: Error & { userCode?: string }) {
      const problem = error === undefined ? undefined : (PROBLEMS[error.name] ?? 'failed');
      if (context.accepts('html', 'json') === 'json') {
        context.body = { xsrf: context.oidc.session?.state?.secret, ...(problem !== undefined && { problem }) };
      } else {
        context.redirect(problem === undefined ? DEVICE_PAGE : `${DEVICE_PAGE}?outcome=${problem}`);
      }
    },

    async userCodeConfirmSource(context: Context, _form: string, client: Client, device: DeviceInfo, userCode: string) {
      context.body = {
        xsrf: context.oidc.session?.state?.secret,
        device: { userCode, client: client.clientName ?? client.clientId, ...device },
      };
    },

    async successSource(context: Context) {
      context.redirect(`${DEVICE_PAGE}?outcome=signedIn`);
    },
  };
}

/** What the page is told, by the error of the library. */
const PROBLEMS: Readonly<Record<string, 'noCode' | 'refused' | 'expired' | 'used' | 'unknown'>> = {
  NoCodeError: 'noCode',
  AbortedError: 'refused',
  ExpiredError: 'expired',
  AlreadyUsedError: 'used',
  NotFoundError: 'unknown',
};
