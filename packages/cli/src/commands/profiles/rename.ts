import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';

/** `sallyport profiles rename` */
export default class ProfilesRename extends BaseCommand {
  static override summary = 'Give a profile another name.';
  static override args = {
    profile: Args.string({ required: true, description: 'name of the profile' }),
    name: Args.string({ required: true, description: 'its new name' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(ProfilesRename);
    const { updateProfiles } = await import('../../state/profiles-file.ts');
    const { selectProfile, withNewName } = await import('../../state/profiles.ts');
    const { resolveHome } = await import('../../state/home.ts');
    await updateProfiles(this.context, resolveHome(this.context), (profiles) =>
      withNewName(profiles, selectProfile(profiles, { profile: args.profile }), args.name),
    );
    this.note(`The profile ${args.profile} is called ${args.name} now.`);
  }
}
