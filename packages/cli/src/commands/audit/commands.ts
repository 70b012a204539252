import { Flags } from '@oclif/core';
import { filterFlags, timesOf } from '../../audit/filter-flags.ts';
import { listCommands } from '../../audit/list-commands.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { kubectlCommandView } from '../../output/audit-view.ts';

const DEFAULT_LIMIT = 50;

/** `sallyport audit commands` */
export default class AuditCommands extends BaseCommand {
  static override summary = 'List calls of kubectl, newest first, each with how many requests it made.';
  static override flags = {
    since: filterFlags.since,
    until: filterFlags.until,
    user: filterFlags.user,
    cluster: filterFlags.cluster,
    project: filterFlags.project,
    'kubectl-session': filterFlags['kubectl-session'],
    'login-session': filterFlags['login-session'],
    limit: Flags.integer({ summary: `how many at the most; ${DEFAULT_LIMIT} by default`, min: 1 }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = ['sallyport audit commands --user ada@example.com --since 1d'];

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditCommands);
    const { withSession } = await import('../../session/session.ts');
    const { user, cluster, project } = flags;
    const filter = {
      ...timesOf(flags, this.context.clock.now()),
      ...(user !== undefined && { user }),
      ...(cluster !== undefined && { cluster }),
      ...(project !== undefined && { project }),
      ...(flags['kubectl-session'] !== undefined && { kubectlSession: flags['kubectl-session'] }),
      ...(flags['login-session'] !== undefined && { loginSession: flags['login-session'] }),
    };
    const items = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      listCommands(flags.limit ?? DEFAULT_LIMIT, (page) =>
        api.listKubectlCommands({ organization, ...filter, ...page }),
      ),
    );
    if (items.length === 0) this.note('There is no such call of kubectl that you may see.');
    await this.printList(flags, items, kubectlCommandView);
  }
}
