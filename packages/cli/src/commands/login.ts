import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { parseDuration } from '@sallyport/core';
import { BaseCommand } from '../base-command.ts';
import { CliError } from '../errors.ts';
import type { LoginFlowOptions } from '../login/browser-login.ts';
import { neutralise } from '../output/neutralise.ts';

/** `sallyport login` */
export default class Login extends BaseCommand {
  static override summary = 'Log in to a server, in the browser or on another device.';
  static override args = { server: Args.string({ required: true, description: 'host name, host:port or https URL' }) };
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
    timeout: Flags.string({ summary: 'how long to wait for the person', default: '5m' }),
  };
  static override examples = [
    'sallyport login sallyport.example.com',
    'sallyport login 127.0.0.1:7443 --ca-file ca.pem',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Login);
    const { login } = await import('../login/login.ts');
    const timeoutMs = parseDuration(flags.timeout);
    const caPem = flags['ca-file'] === undefined ? undefined : await this.#readCa(flags['ca-file']);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([timeout, this.context.interruptSignal()]);
    try {
      const profile = await login(this.context, {
        server: args.server,
        ...(caPem !== undefined && { caPem }),
        ...(flags.profile !== undefined && { profile: flags.profile }),
        flow: flags.device ? await this.#deviceFlow() : await this.#browserFlow(flags.browser),
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

function timedOut(timeout: string, cause: unknown): CliError {
  return new CliError({
    code: 'ERR_CLI_LOGIN_TIMEOUT',
    message: `nobody completed the login within ${timeout}`,
    cause,
    nextStep: 'Run the login again, with --timeout for a longer wait.',
  });
}
