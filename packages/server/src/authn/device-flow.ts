import type { Clock } from '@sallyport/core';
import type { Client, Context } from 'oidc-provider';
import { html } from './html.ts';
import { page } from './page.ts';

interface DeviceInfo {
  readonly address: string;
  readonly userAgent: string;
  readonly requestedAt: string;
}

const MAX_USER_CODE_CHARACTERS = 32;

/**
 * The device flow (RFC 8628) as people see it. The code alone must not be enough to phish a login: before anything is
 * confirmed, the page names the client, the address that asks, and what it will be able to do.
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
      // Never filled in from the link: typing the code is what makes people compare it with their terminal.
      const problem =
        error === undefined
          ? undefined
          : html`<div class="notice"><p>${describeProblem(error)}</p><p class="code"><code>${error.name}</code></p></div>`;
      context.type = 'html';
      context.body = page({
        title: 'Sign in a device',
        lead: html`Type the code that your terminal shows.`,
        content: html`${problem}
<form method="post" action="${context.oidc.urlFor('code_verification')}">
<input type="hidden" name="xsrf" value="${context.oidc.session?.state?.secret}">
<label>Code <input class="user-code" name="user_code" autocomplete="off" required maxlength="${MAX_USER_CODE_CHARACTERS}"></label>
<button class="primary" type="submit">Continue</button>
</form>`,
      });
    },

    async userCodeConfirmSource(context: Context, _form: string, client: Client, device: DeviceInfo, userCode: string) {
      context.type = 'html';
      context.body = page({
        title: 'Did you ask for this?',
        lead: html`Continue only if you started this login yourself and your terminal shows the same code.`,
        content: html`<dl>
<div><dt>Code</dt><dd><code>${userCode}</code></dd></div>
<div><dt>Asked by</dt><dd>${client.clientName ?? client.clientId}</dd></div>
<div><dt>From address</dt><dd>${device.address}</dd></div>
<div><dt>Program</dt><dd>${device.userAgent === '' ? 'not stated' : device.userAgent}</dd></div>
<div><dt>At</dt><dd>${device.requestedAt}</dd></div>
<div><dt>Purpose</dt><dd>Act as you: run kubectl and the API with all your rights until the login ends</dd></div>
</dl>
<form method="post" action="${context.oidc.urlFor('code_verification')}">
<input type="hidden" name="xsrf" value="${context.oidc.session?.state?.secret}">
<input type="hidden" name="user_code" value="${userCode}">
<button class="primary" type="submit" name="confirm" value="yes">Yes, sign that device in</button>
<button type="submit" name="abort" value="yes">No, refuse</button>
</form>`,
      });
    },

    async successSource(context: Context) {
      context.type = 'html';
      context.body = page({
        title: 'You are signed in',
        lead: html`Go back to your terminal. You can close this page.`,
        content: html``,
      });
    },
  };
}

function describeProblem(error: Error): string {
  switch (error.name) {
    case 'NoCodeError':
      return 'No code was typed.';
    case 'AbortedError':
      return 'The login was refused.';
    case 'ExpiredError':
      return 'This code has expired. Start again from the command line.';
    case 'AlreadyUsedError':
      return 'This code has been used. Start again from the command line.';
    case 'NotFoundError':
      return 'There is no such code. Compare it with your terminal.';
    default:
      return 'The login can’t go on. Start again from the command line.';
  }
}
