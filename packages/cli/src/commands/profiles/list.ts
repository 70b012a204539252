import { BaseCommand, outputFlags } from '../../base-command.ts';
import { profileRow, profileView } from '../../output/profile-view.ts';

/** `sallyport profiles list` */
export default class ProfilesList extends BaseCommand {
  static override summary = 'List your profiles: accounts at servers, each under a name of yours.';
  static override flags = outputFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ProfilesList);
    const { readProfiles } = await import('../../state/profiles-file.ts');
    const { resolveHome } = await import('../../state/home.ts');
    const { items, current } = await readProfiles(resolveHome(this.context));
    if (items.length === 0) this.note('There is no profile. Run "sallyport login HOST".');
    await this.printList(
      flags,
      items.map((profile) => profileRow(profile, current)),
      profileView,
    );
  }
}
