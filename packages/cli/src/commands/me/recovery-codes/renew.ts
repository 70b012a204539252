import { BaseCommand, sessionFlags } from '../../../base-command.ts';

/** `sallyport me recovery-codes renew` */
export default class MeRecoveryCodesRenew extends BaseCommand {
  static override summary = 'Print new recovery codes; earlier ones are void.';
  static override flags = { ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(MeRecoveryCodesRenew);
    const { withSession } = await import('../../../session/session.ts');
    const { recoveryCodes } = await withSession(this.context, flags, ({ api }) => api.replaceMyRecoveryCodes());
    this.note('Shown this once. Each stands in once for a code of your app:');
    this.data(recoveryCodes.map((code) => `${code}\n`).join(''));
  }
}
