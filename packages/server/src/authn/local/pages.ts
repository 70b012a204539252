import type { Secret } from '@sallyport/core';
import { type Html, html } from '../html.ts';
import { page } from '../page.ts';
import { MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS } from './password-rule.ts';
import type { Setup } from './setup.ts';
import { TOTP_DIGITS, totpAddress } from './totp.ts';

/** Something that went wrong with what was typed: the sentence and what to do next. */
export interface PageProblem {
  readonly message: string;
  readonly code: string;
  readonly nextStep?: string | undefined;
}

/** Policy of the pages that load a script of our own; beyond that nothing may run, as on the other pages. */
export const SCRIPT_PAGE_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PASSKEY_SCRIPTS = html`<script src="/login/local/webauthn.js" defer></script>
<script src="/login/local/passkey.js" type="module"></script>`;

/**
 * Where a link is opened. A script takes the token out of the fragment and sends it; without one, it is pasted by hand. It
 * never stands in an address that is asked for.
 */
export function linkPage(): string {
  return page({
    title: 'Open your link',
    lead: html`If nothing happens, paste what stands behind the # of your link.`,
    content: html`<form method="post" action="/login/local/link" data-link>
<label>Link code <input name="token" autocomplete="off" required maxlength="64"></label>
<button class="primary" type="submit">Continue</button>
</form>
<script src="/login/local/link.js" type="module"></script>`,
  });
}

/** Where a person sets up what they sign in with. */
export function setupPage(setup: Setup, hasPasskeys: boolean, problem?: PageProblem): string {
  const { principal, kind, handle, totpSecret } = setup;
  return page({
    title: kind === 'invitation' ? 'Welcome' : 'Set up your sign-in anew',
    lead: html`You’ll sign in as ${principal.userName}.`,
    content: html`${notice(problem)}
${
  hasPasskeys
    ? html`<h2>With a passkey</h2>
<p class="lead">Your device or a security key, unlocked by PIN, fingerprint or face. Nothing to remember.</p>
${passkeyButton('/login/local/setup/passkey', 'Create a passkey', handle)}
<h2>Or with a password and a code app</h2>`
    : undefined
}
<form method="post" action="/login/local/setup/password">
<input type="hidden" name="setup" value="${handle}">
<input class="for-managers" name="userName" value="${principal.userName}" autocomplete="username" readonly tabindex="-1" aria-hidden="true">
${newPassword()}
<p>Add this secret to a code app, by hand or by <a href="${totpAddress(totpSecret, principal.userName)}">this link</a> on the device that has it:</p>
<p><code>${inGroups(totpSecret)}</code></p>
<label>Code that the app shows <input name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="${TOTP_DIGITS + 4}"></label>
<button class="${hasPasskeys ? '' : 'primary'}" type="submit">Set the password</button>
</form>
${hasPasskeys ? PASSKEY_SCRIPTS : undefined}`,
  });
}

/** The end of a set-up, with recovery codes where a code app was set up. */
export function readyPage(recoveryCodes: readonly string[] = []): string {
  return page({
    title: 'All set',
    lead: html`Sign in from your terminal: <code>sallyport login</code>. You can close this page.`,
    content:
      recoveryCodes.length === 0
        ? html``
        : html`<h2>Recovery codes</h2>
<p>Keep them apart from your device: each stands in once for a code of the app. They are shown this once.</p>
<ol>${recoveryCodes.map((code) => html`<li><code>${code}</code></li>\n`)}</ol>`,
  });
}

function passkeyButton(path: string, text: string, setup: string): Html {
  return html`<div class="notice" data-passkey-problem hidden><p></p></div>
<button class="primary" type="button" data-passkey data-path="${path}" data-setup="${setup}">${text}</button>`;
}

function newPassword(): Html {
  return html`<label>New password, ${MIN_PASSWORD_CHARACTERS} characters or more <input name="password" type="password" autocomplete="new-password" required minlength="${MIN_PASSWORD_CHARACTERS}" maxlength="${MAX_PASSWORD_CHARACTERS}"></label>`;
}

function notice(problem: PageProblem | undefined): Html | undefined {
  if (problem === undefined) return undefined;
  const { message, nextStep, code } = problem;
  return html`<div class="notice" role="alert"><p>${message.charAt(0).toUpperCase()}${message.slice(1)}.${nextStep === undefined ? '' : ` ${nextStep}`}</p><p class="code"><code>${code}</code></p></div>`;
}

/** Easier to type. Apps take the spaces. */
function inGroups(secret: Secret): string {
  return (secret.reveal().match(/.{1,4}/g) ?? []).join(' ');
}
