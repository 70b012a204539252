import type { AuditReceiver } from '@sallyport/core/api';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import type { View } from '../../output/format.ts';

const instant = (date: Date | undefined) => date?.toISOString() ?? '-';

const receiverView: View<AuditReceiver> = {
  kind: 'auditreceiver',
  name: ({ type, name, log }) => `${type}/${name}/${log}`,
  columns: [
    { header: 'TYPE', cell: ({ type }) => type },
    { header: 'NAME', cell: ({ name }) => name },
    { header: 'ORGANIZATION', cell: ({ organization }) => organization ?? '-' },
    { header: 'LOG', cell: ({ log }) => log },
    { header: 'STATE', cell: ({ state }) => state },
    { header: 'BEHIND', cell: ({ eventsBehind }) => String(eventsBehind) },
    { header: 'LAST', cell: ({ lastDeliveredAt }) => instant(lastDeliveredAt) },
    { header: 'FAILING SINCE', cell: ({ failingSince }) => instant(failingSince) },
    { header: 'ERROR', cell: ({ lastError }) => lastError ?? '-' },
  ],
};

/** `sallyport audit delivery` */
export default class AuditDelivery extends BaseCommand {
  static override summary = 'Show how far audit sinks and witnesses of the whole installation are behind, and why.';
  static override description =
    'Lists the sinks of all organizations, those of the server configuration, and its witnesses, each with every log that it takes. Takes the permission installation.read on the installation.';
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport audit delivery', 'sallyport audit delivery -o json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditDelivery);
    const { withSession } = await import('../../session/session.ts');
    const { items } = await withSession(this.context, flags, ({ api }) => api.getAuditDelivery({}));
    await this.printList(flags, items, receiverView);
  }
}
