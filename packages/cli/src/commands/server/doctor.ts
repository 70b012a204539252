import { resolve } from 'node:path';
import { BaseCommand, outputFlags } from '../../base-command.ts';
import { assertAllWell, checkView } from '../../doctor/check-result.ts';
import { serverConfigFlags } from '../../server/with-key-management.ts';

/** `sallyport server doctor` */
export default class ServerDoctor extends BaseCommand {
  static override summary = 'Check everything that a server depends on, on its machine, and say what to do.';
  static override description =
    'Changes nothing and shows no secrets. Run it as the user of the server, with its configuration. The embedded database is looked at while no server holds it.';
  static override flags = { ...outputFlags, ...serverConfigFlags };
  static override examples = ['sallyport server doctor --config /etc/sallyport/server.yaml'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ServerDoctor);
    const { cwd, env, clock } = this.context;
    const { examineServer } = await import('@sallyport/server');
    const results = await examineServer(
      {
        env,
        ...(flags.config !== undefined && { file: resolve(cwd, flags.config) }),
        flags: { ...(flags['state-dir'] !== undefined && { stateDir: resolve(cwd, flags['state-dir']) }) },
      },
      { clock },
    );
    await this.printList(flags, results, checkView);
    assertAllWell(results);
  }
}
