import { BaseCommand, sessionFlags } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';

/** `sallyport me totp enrol` */
export default class MeTotpEnrol extends BaseCommand {
  static override summary = 'Set a code app up, in place of an earlier one, and print new recovery codes.';
  static override flags = { ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(MeTotpEnrol);
    const { withSession } = await import('../../../session/session.ts');
    const recoveryCodes = await withSession(this.context, flags, async ({ api }) => {
      const { secret, address } = await api.beginMyTotp();
      this.note('Add this secret to your code app:');
      this.note(`  ${(secret.match(/.{1,4}/g) ?? []).join(' ')}`);
      this.note(`  ${address}`);
      this.context.stderr.write('Code that the app shows: ');
      const body = { code: await this.#readCode() };
      return (await api.confirmMyTotp({ body })).recoveryCodes;
    });
    this.note('Recovery codes, shown this once. Each stands in once for a code of the app:');
    this.data(recoveryCodes.map((code) => `${code}\n`).join(''));
  }

  async #readCode(): Promise<string> {
    let answer = '';
    for await (const chunk of this.context.stdin) {
      answer += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      if (answer.includes('\n')) break;
    }
    const code = answer.split('\n', 1)[0]?.replace(/\s/g, '') ?? '';
    if (/^\d{6}$/.test(code)) return code;
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: 'a code has six digits',
      nextStep: 'Run the command again and type the code that the app shows.',
    });
  }
}
