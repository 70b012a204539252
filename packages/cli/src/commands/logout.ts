import { Flags } from '@oclif/core';
import { BaseCommand, serverFlag } from '../base-command.ts';
import { CliError } from '../errors.ts';
import { neutralise } from '../output/neutralise.ts';

/** `sallyport logout` */
export default class Logout extends BaseCommand {
  static override summary = 'End your login session, here and at the server.';
  static override flags = {
    all: Flags.boolean({ summary: 'end the sessions with every server', exclusive: ['server'] }),
    server: serverFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Logout);
    const { logout } = await import('../session/logout.ts');
    const { kubeconfigPaths } = await import('../kube/kubeconfig-files.ts');
    const { results, contexts } = await logout(this.context, {
      isAll: flags.all,
      kubeconfigs: kubeconfigPaths(this.context, undefined),
      ...(flags.server !== undefined && { server: flags.server }),
    });
    if (results.length === 0) this.note('Not logged in to any server.');
    for (const { server, isRevoked, problem } of results) {
      this.note(
        isRevoked
          ? `Logged out of ${server}.`
          : `Forgot the login session with ${server}, which could not revoke it: ${problem?.sentence} (${problem?.code})`,
      );
    }
    if (contexts.removed.length > 0)
      this.note(`Removed ${contexts.removed.map(neutralise).join(', ')} from your kubeconfig.`);
    const left = results.filter((it) => !it.isRevoked).map((it) => it.server);
    if (left.length === 0) return;
    throw new CliError({
      code: 'ERR_CLI_NOT_REVOKED',
      message: `${left.length} of ${results.length} login sessions could not be revoked: ${left.join(', ')}`,
      nextStep: 'They end by themselves; ask the operator to end them sooner.',
    });
  }
}
