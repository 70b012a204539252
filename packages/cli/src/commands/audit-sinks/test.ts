import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport audit-sinks test` */
export default class AuditSinksTest extends BaseCommand {
  static override summary = 'Send a test event to an audit sink.';
  static override description =
    'Writes an event that tells of the test, and sends it at once, ahead of what waits. Fails when the receiver does not take it, and says why.';
  static override args = { name: Args.string({ required: true, description: 'name of the audit sink' }) };
  static override flags = sessionFlags;
  static override examples = ['sallyport audit-sinks test siem'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditSinksTest);
    const { withSession } = await import('../../session/session.ts');
    const { isDelivered, error } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.testAuditSink({ organization, name: args.name }),
    );
    if (!isDelivered) {
      throw new CliError({
        code: 'ERR_CLI_AUDIT_SINK_FAILED',
        message: `${args.name} did not take a test event: ${error ?? 'no reason was given'}`,
        nextStep: 'Correct the sink or its receiver, then test again.',
      });
    }
    this.note(`${args.name} took the test event.`);
  }
}
