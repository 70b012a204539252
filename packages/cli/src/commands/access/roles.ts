import { Flags } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { requestableView } from '../../output/requestable-view.ts';

/** `sallyport access roles` */
export default class AccessRoles extends BaseCommand {
  static override summary = 'List the roles that you may ask for, where, and on what terms.';
  static override flags = {
    cluster: Flags.string({ char: 'c', summary: 'only what can be asked for on this cluster', helpValue: 'NAME' }),
    namespace: Flags.string({
      char: 'n',
      summary: 'only what can be asked for in this namespace',
      helpValue: 'NAME',
    }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = ['sallyport access roles --cluster production'];

  async run(): Promise<void> {
    const { flags } = await this.parse(AccessRoles);
    const { withSession } = await import('../../session/session.ts');
    const { items } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.listRequestable({
        organization,
        ...(flags.cluster !== undefined && { cluster: flags.cluster }),
        ...(flags.namespace !== undefined && { namespace: flags.namespace }),
      }),
    );
    if (items.length === 0)
      this.note('There is nothing that you may ask for here. A request policy would have to say so.');
    await this.printList(flags, items, requestableView);
  }
}
