import type { Profile } from '../state/profiles.ts';
import type { View } from './format.ts';

/** A profile and whether it is the current one. */
export interface ProfileRow extends Pick<Profile, 'name' | 'url' | 'organization' | 'userName' | 'loggedInAt'> {
  readonly isCurrent: boolean;
}

/** What of a profile is shown. */
export function profileRow(profile: Profile, current: string | undefined): ProfileRow {
  const { name, url, organization, userName, loggedInAt } = profile;
  return { name, url, organization, userName, loggedInAt, isCurrent: name === current };
}

/** How profiles are shown. */
export const profileView: View<ProfileRow> = {
  kind: 'profile',
  name: (it) => it.name,
  columns: [
    { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
    { header: 'NAME', cell: (it) => it.name },
    { header: 'SERVER', cell: (it) => it.url },
    { header: 'USER', cell: (it) => it.userName },
    { header: 'ORGANIZATION', cell: (it) => it.organization },
    { header: 'LOGGED IN', cell: (it) => it.loggedInAt, isWide: true },
  ],
};

/** How the accounts at one server are shown. */
export const accountView: View<ProfileRow> = {
  kind: 'account',
  name: (it) => `${it.organization}/${it.userName}`,
  columns: [
    { header: 'CURRENT', cell: (it) => (it.isCurrent ? '*' : '') },
    { header: 'USER', cell: (it) => it.userName },
    { header: 'ORGANIZATION', cell: (it) => it.organization },
    { header: 'PROFILE', cell: (it) => it.name },
    { header: 'LOGGED IN', cell: (it) => it.loggedInAt, isWide: true },
  ],
};
