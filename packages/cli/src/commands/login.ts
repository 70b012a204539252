import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { type LoginSessionId, parseDuration } from '@sallyport/core';
import { BaseCommand } from '../base-command.ts';
import { CliError } from '../errors.ts';
import type { LoginFlowOptions } from '../login/browser-login.ts';
import type { LoginWish } from '../login/login-wish.ts';
import { neutralise } from '../output/neutralise.ts';
import type { WorkloadSource } from '../session/exchange-token.ts';

/** `sallyport login` */
export default class Login extends BaseCommand {
  static override summary = 'Log in to a server: in the browser, on another device, or as a workload.';
  static override args = {
    server: Args.string({ description: 'host name, host:port or https URL; that of the current profile by default' }),
  };
  static override flags = {
    device: Flags.boolean({ summary: 'confirm a code on another device instead of using a browser here' }),
    browser: Flags.boolean({
      summary: 'open a browser; --no-browser prints the address',
      default: true,
      allowNo: true,
    }),
    'ca-file': Flags.string({
      summary: 'PEM file with the only authorities to trust for this server',
      helpValue: 'FILE',
    }),
    profile: Flags.string({ summary: 'name for the profile; made from host and user by default', helpValue: 'NAME' }),
    'workload-token-file': Flags.string({
      summary: 'log in as a workload, with the token of its platform that this file holds',
      helpValue: 'FILE',
      dependsOn: ['workload-identity', 'organization'],
      exclusive: ['device'],
    }),
    'workload-identity': Flags.string({
      summary: 'name of the workload identity',
      helpValue: 'NAME',
      dependsOn: ['workload-token-file'],
    }),
    organization: Flags.string({ summary: 'organization to sign in to', helpValue: 'NAME' }),
    provider: Flags.string({ summary: 'identity provider to sign in with', helpValue: 'NAME' }),
    'step-up': Flags.boolean({ summary: 'prove again who you are, and go on with the session that you have' }),
    'max-age': Flags.string({
      summary: 'with --step-up: how long ago you may have proved it',
      helpValue: 'DURATION',
      dependsOn: ['step-up'],
    }),
    acr: Flags.string({
      summary: 'with --step-up: authentication context class that is needed',
      helpValue: 'CLASS',
      dependsOn: ['step-up'],
    }),
    timeout: Flags.string({ summary: 'how long to wait for the person', default: '5m' }),
  };
  static override examples = [
    'sallyport login sallyport.example.com',
    'sallyport login 127.0.0.1:7443 --ca-file ca.pem',
    'sallyport login --step-up --max-age 5m',
    'sallyport login HOST --workload-token-file TOKEN --workload-identity deploy --organization acme',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Login);
    const { login } = await import('../login/login.ts');
    const timeoutMs = parseDuration(flags.timeout);
    const caPem = flags['ca-file'] === undefined ? undefined : await this.#readCa(flags['ca-file']);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([timeout, this.context.interruptSignal()]);
    const { server, profile: profileName, raises } = await this.#target(args.server, flags, flags['step-up']);
    const maxAge = flags['max-age'];
    const wish: LoginWish = {
      ...(flags.organization !== undefined && { organization: flags.organization }),
      ...(flags.provider !== undefined && { provider: flags.provider }),
      ...(raises !== undefined && { raises }),
      ...(flags['step-up'] && {
        stepUp: {
          ...(maxAge !== undefined && { maxAgeMs: parseDuration(maxAge) }),
          ...(flags.acr !== undefined && { acr: flags.acr }),
        },
      }),
    };
    try {
      const profile = await login(this.context, {
        server,
        wish,
        ...(caPem !== undefined && { caPem }),
        ...(profileName !== undefined && { profile: profileName }),
        flow: await this.#flow(flags),
        signal,
        onWarning: (line) => this.note(line),
      });
      this.note(`Logged in to ${profile.url} as ${neutralise(profile.userName)}.`);
      if (profile.name !== new URL(profile.url).host) this.note(`The profile is called ${profile.name}.`);
      this.note('Run "sallyport kube login" to use kubectl.');
    } catch (error) {
      if (timeout.aborted) throw timedOut(flags.timeout, error);
      throw error;
    }
  }

  async #flow(flags: WorkloadFlags & { readonly device: boolean; readonly browser: boolean }) {
    const { 'workload-token-file': file, 'workload-identity': identity, organization } = flags;
    if (file !== undefined && identity !== undefined && organization !== undefined) {
      return this.#workloadFlow({ identity, organization, tokenFile: resolve(this.context.cwd, file) });
    }
    return flags.device ? this.#deviceFlow() : this.#browserFlow(flags.browser);
  }

  async #workloadFlow({ organization, ...workload }: WorkloadSource & { readonly organization: string }) {
    const { exchangeWorkloadToken } = await import('../session/exchange-token.ts');
    return async ({ discovery, keys, fetch }: LoginFlowOptions) => ({
      ...(await exchangeWorkloadToken({ ...workload, organization, url: discovery.publicUrl, keys, fetch })),
      workload,
    });
  }

  /** Where to log in, and the session to raise: that of the profile, unless the server says otherwise. */
  async #target(
    typed: string | undefined,
    { profile }: { readonly profile?: string | undefined },
    isStepUp: boolean,
  ): Promise<{ readonly server: string; readonly profile?: string; readonly raises?: LoginSessionId }> {
    if (!isStepUp && typed !== undefined) return { server: typed, ...(profile !== undefined && { profile }) };
    const selection = { ...(typed !== undefined && { server: typed }), ...(profile !== undefined && { profile }) };
    if (!isStepUp) {
      const { readSelectedProfile } = await import('../state/profiles-file.ts');
      const { profile: known } = await readSelectedProfile(this.context, selection);
      return { server: known.url, profile: known.name };
    }
    const { withSession } = await import('../session/session.ts');
    return withSession(this.context, selection, async ({ api, profile: known }) => ({
      server: known.url,
      profile: known.name,
      raises: (await api.whoAmI()).loginSession.id,
    }));
  }

  async #browserFlow(mayOpen: boolean) {
    const { loginByBrowser } = await import('../login/browser-login.ts');
    return (options: LoginFlowOptions) =>
      loginByBrowser({
        ...options,
        present: async (url) => {
          const isOpened = mayOpen && (await this.context.openBrowser(url));
          this.note(
            isOpened ? 'Complete the login in your browser. If none opened, go to:' : 'Open this address to log in:',
          );
          this.note(url.href);
        },
      });
  }

  async #deviceFlow() {
    const { loginByDevice } = await import('../login/device-login.ts');
    return (options: LoginFlowOptions) =>
      loginByDevice({
        ...options,
        present: (prompt) => {
          this.note(
            `On any device, open ${neutralise(prompt.verificationUri)} and enter the code ${neutralise(prompt.userCode)}`,
          );
          if (prompt.verificationUriComplete !== undefined)
            this.note(`or open ${neutralise(prompt.verificationUriComplete)}`);
        },
      });
  }

  async #readCa(file: string): Promise<string> {
    try {
      const pem = await readFile(resolve(this.context.cwd, file), 'utf8');
      new X509Certificate(pem);
      return pem;
    } catch (error) {
      throw new CliError({
        code: 'ERR_CLI_CA_FILE',
        message: `${file} can't be read as certificates`,
        cause: error,
        nextStep: 'Give a PEM file that holds the CA certificate of the server.',
      });
    }
  }
}

interface WorkloadFlags {
  readonly 'workload-token-file'?: string | undefined;
  readonly 'workload-identity'?: string | undefined;
  readonly organization?: string | undefined;
}

function timedOut(timeout: string, cause: unknown): CliError {
  return new CliError({
    code: 'ERR_CLI_LOGIN_TIMEOUT',
    message: `nobody completed the login within ${timeout}`,
    cause,
    nextStep: 'Run the login again, with --timeout for a longer wait.',
  });
}
