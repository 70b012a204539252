import type { Branding } from '@sallyport/core/api';
import { useContext } from 'react';
import { PartsHostContext } from './host.ts';

/** How an installation presents itself, as far as a page knows. */
export interface KnownBranding {
  /** Absent where it says nothing. */
  readonly branding: Branding | undefined;
  /** Whether the server has answered. */
  readonly isKnown: boolean;
}

/** How the installation presents itself to whoever is signed in. */
export function useBranding(): KnownBranding {
  const me = useContext(PartsHostContext)?.me;
  return { branding: me?.branding, isKnown: me !== undefined };
}

/** Where people find help, at https alone: an address that does something else is no link. */
export const supportLinksOf = ({ supportLinks = [] }: Branding = {}): NonNullable<Branding['supportLinks']> =>
  supportLinks.filter(({ url }) => URL.canParse(url) && new URL(url).protocol === 'https:');
