import { useQuery } from '@tanstack/react-query';
import { discoveryQuery } from '../../api/discovery.ts';
import { usePageTitle } from '../../app/use-page-title.ts';
import type { KnownBranding } from '../../parts/branding.ts';

/** How the installation presents itself to whoever is not signed in. */
export function usePublicBranding(): KnownBranding {
  const { data, isPending } = useQuery({ ...discoveryQuery, retry: false });
  return { branding: data?.branding, isKnown: !isPending };
}

/** Names the tab after a page of whoever is not signed in. */
export function useFrontTitle(title: string): void {
  usePageTitle(title, usePublicBranding().branding?.name);
}
