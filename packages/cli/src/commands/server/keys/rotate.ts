import { Args, Flags } from '@oclif/core';
import { BaseCommand, outputFlags } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';
import { keyView } from '../../../server/key-view.ts';
import { keysFlags, withKeys } from '../../../server/with-keys.ts';

/** `sallyport server keys rotate` */
export default class ServerKeysRotate extends BaseCommand {
  static override summary = 'Rotate the key of a purpose: announce a new one, let it sign, retire the former.';
  static override description =
    'Asks the server that you are logged in to; with --config, or where the environment configures a server, works on its database, and running servers follow by themselves. Without a flag the new key is announced for as long as the schedule does, so that nothing notices. docs/keys.md says what each purpose is for and what an emergency voids.';
  static override args = {
    purpose: Args.string({
      description: 'frontTls, agentCa, kubeCredential, capability, oauth, cookie, auditCheckpoint, peerCa or userCa',
    }),
  };
  static override flags = {
    all: Flags.boolean({ summary: 'rotate the keys of all purposes' }),
    organization: Flags.string({
      summary: 'only those of this organization (userCa)',
      helpValue: 'NAME',
      exclusive: ['all'],
    }),
    now: Flags.boolean({
      summary: 'announce for 30 seconds only; agents that are not connected meanwhile may have to be installed anew',
      exclusive: ['emergency'],
    }),
    emergency: Flags.boolean({
      summary: 'sign with the new key at once and void everything that the former ones signed',
      exclusive: ['now'],
    }),
    ...outputFlags,
    ...keysFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServerKeysRotate);
    const { KEY_PURPOSES, ORGANIZATION_KEY_PURPOSES } = await import('@sallyport/core/api');
    const known = [...KEY_PURPOSES, ...ORGANIZATION_KEY_PURPOSES];
    const purposes = known.filter((purpose) => flags.all || purpose === args.purpose);
    if (purposes.length === 0 || (flags.all && args.purpose !== undefined)) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message:
          args.purpose === undefined || flags.all
            ? 'name one purpose, or give --all'
            : `${JSON.stringify(args.purpose.slice(0, 64))} is no purpose of keys`,
        nextStep: `Choose from ${known.join(', ')}.`,
      });
    }
    const mode = flags.emergency ? 'emergency' : flags.now ? 'now' : 'announced';
    const keys = await withKeys(this.context, flags, async ({ rotate }) => {
      const rotated = [];
      const wish = { mode, ...(flags.organization !== undefined && { organization: flags.organization }) } as const;
      for (const purpose of purposes) rotated.push(...(await rotate(purpose, wish)));
      return rotated;
    });
    await this.printList(flags, keys, keyView);
  }
}
