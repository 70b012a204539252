import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { signOut } from '../api/session.ts';
import { supportLinksOf } from '../parts/branding.ts';
import type { MenuItem } from '../ui/menu.tsx';
import { mayAnywhere } from './capabilities.ts';
import { useHelp } from './help-context.ts';
import { paths } from './paths.ts';
import { useSignedIn } from './signed-in.tsx';
import { setTheme, type Theme, useTheme } from './theme.ts';

const THEMES: readonly { readonly theme: Theme; readonly label: string }[] = [
  { theme: 'system', label: 'Theme of the system' },
  { theme: 'light', label: 'Light' },
  { theme: 'dark', label: 'Dark' },
];

/** What can be done about oneself: account, keys, help, theme, signing out. */
export function useAccountMenu(): readonly MenuItem[] {
  const { session, me } = useSignedIn();
  const help = supportLinksOf(me?.branding);
  const theme = useTheme();
  const router = useRouter();
  const showKeys = useHelp();
  return [
    { heading: session.principal.userName },
    { label: 'Account', onSelect: () => void router.navigate({ href: paths.account }) },
    { label: 'Keys', keyCap: '?', onSelect: showKeys },
    ...help.map(({ label, url }) => ({
      label,
      onSelect: () => void window.open(url, '_blank', 'noopener,noreferrer'),
    })),
    { separator: true },
    ...THEMES.map((choice) => ({
      label: choice.label,
      isChecked: choice.theme === theme,
      onSelect: () => setTheme(choice.theme),
    })),
    { separator: true },
    { label: 'Sign out', onSelect: () => void signOut(session) },
  ];
}

/** Organizations to sign in to, and projects to look at alone (`?project=`). */
export function usePlaceMenu(): readonly MenuItem[] {
  const { api, organization, me } = useSignedIn();
  const router = useRouter();
  const { data: organizations } = useQuery({
    queryKey: ['organizations', 'names'],
    queryFn: ({ signal }) => api.listOrganizations({ limit: 100, fields: 'metadata.name' }, { signal }),
    enabled: mayAnywhere(me, 'installation.read'),
  });
  const { data: projects } = useQuery({
    queryKey: ['projects', organization],
    queryFn: ({ signal }) => api.listProjects({ organization, limit: 100 }, { signal }),
    enabled: mayAnywhere(me, 'projects.read'),
  });
  const { pathname, search } = router.state.location;
  const project = 'project' in search && typeof search.project === 'string' ? search.project : '';
  const choose = (name: string) => {
    const query = new URLSearchParams(window.location.search);
    if (name === '') query.delete('project');
    else query.set('project', name);
    void router.navigate({ href: query.size === 0 ? pathname : `${pathname}?${query}` });
  };
  const others = (organizations?.items ?? [])
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== organization);
  const names = (projects?.items ?? []).map(({ metadata }) => metadata.name);
  return [
    { heading: 'Organization' },
    { label: organization, isChecked: true, onSelect: () => void router.navigate({ href: paths.organization() }) },
    ...others.map((name) => ({
      label: `Sign in to ${name}`,
      onSelect: () => window.location.assign(paths.signIn(paths.home, name)),
    })),
    ...(names.length < 2
      ? []
      : [
          { separator: true as const },
          { heading: 'Project' },
          { label: 'All projects', isChecked: project === '', onSelect: () => choose('') },
          ...names.map((name) => ({ label: name, isChecked: name === project, onSelect: () => choose(name) })),
        ]),
  ];
}
