import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import type { ClaimMapping } from '@sallyport/core/api';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport identity-providers dry-run` */
export default class IdentityProvidersDryRun extends BaseCommand {
  static override summary = 'Read a token of an identity provider as a login would, and show what each part comes to.';
  static override description =
    'The token must be signed by the provider; it may have expired. Nobody is signed in. The flags for claims try another mapping than the one that is in force.';
  static override args = { name: Args.string({ required: true, description: 'name of the identity provider' }) };
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    'token-file': Flags.string({ summary: 'file with an ID token; - is stdin', helpValue: 'FILE', required: true }),
    'user-name': Flags.string({ summary: 'mapping of the user name to try', helpValue: 'CLAIM' }),
    groups: Flags.string({ summary: 'mapping of the groups to try', helpValue: 'CLAIM' }),
    'display-name': Flags.string({ summary: 'mapping of the display name to try', helpValue: 'CLAIM' }),
    email: Flags.string({ summary: 'mapping of the e-mail address to try', helpValue: 'CLAIM' }),
  };
  static override examples = [
    'sallyport identity-providers dry-run keycloak --token-file id-token.txt',
    "sallyport identity-providers dry-run keycloak --token-file - --groups 'cel:claims.realm_access.roles'",
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IdentityProvidersDryRun);
    const token = (await this.#readToken(flags['token-file'])).trim();
    const tried: ClaimMapping = {
      ...(flags['user-name'] !== undefined && { userName: flags['user-name'] }),
      ...(flags.groups !== undefined && { groups: flags.groups }),
      ...(flags['display-name'] !== undefined && { displayName: flags['display-name'] }),
      ...(flags.email !== undefined && { email: flags.email }),
    };
    const { withSession } = await import('../../session/session.ts');
    const report = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      const path = { organization, name: args.name };
      if (Object.keys(tried).length === 0) return api.dryRunIdentityProvider({ ...path, body: { token } });
      const { spec } = await api.getIdentityProvider(path);
      return api.dryRunIdentityProvider({ ...path, body: { token, claims: { ...spec.claims, ...tried } } });
    });
    await this.printList(flags, report.fields, {
      kind: 'field',
      name: (it) => it.field,
      columns: [
        { header: 'FIELD', cell: (it) => it.field },
        { header: 'FROM', cell: (it) => it.source },
        { header: 'VALUE', cell: (it) => (Array.isArray(it.value) ? it.value.join(',') : (it.value ?? '-')) },
        { header: 'PROBLEM', cell: (it) => it.problem ?? '-' },
      ],
    });
    for (const note of report.notes) this.note(`Note: ${note}.`);
    this.note(
      report.isAccepted ? 'A login with these claims would be taken.' : 'A login with these claims would be refused.',
    );
  }

  async #readToken(file: string): Promise<string> {
    try {
      if (file !== '-') return await readFile(resolve(this.context.cwd, file), 'utf8');
      const chunks: Buffer[] = [];
      for await (const chunk of this.context.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
      return Buffer.concat(chunks).toString('utf8');
    } catch (error) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: `the token file ${file} can't be read`,
        cause: error,
        nextStep: 'Name a file that holds one ID token and nothing else.',
      });
    }
  }
}
