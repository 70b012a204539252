import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';

/** `sallyport profiles use` */
export default class ProfilesUse extends BaseCommand {
  static override summary = 'Make a profile the current one.';
  static override description =
    'kubectl is not affected: a context goes on acting as the account that wrote it. SALLYPORT_PROFILE chooses a profile for one shell alone.';
  static override args = { profile: Args.string({ required: true, description: 'name of the profile' }) };

  async run(): Promise<void> {
    const { args } = await this.parse(ProfilesUse);
    const { updateProfiles } = await import('../../state/profiles-file.ts');
    const { selectProfile, withCurrent } = await import('../../state/profiles.ts');
    const { resolveHome } = await import('../../state/home.ts');
    await updateProfiles(this.context, resolveHome(this.context), (profiles) =>
      withCurrent(profiles, selectProfile(profiles, { profile: args.profile }).name),
    );
    this.note(`The current profile is ${args.profile}.`);
  }
}
