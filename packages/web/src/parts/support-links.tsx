import type { Branding } from '@sallyport/core/api';
import { supportLinksOf } from './branding.ts';

/** Where the installation says that people find help; nothing where it says nothing. */
export function SupportLinks({ branding }: { readonly branding: Branding | undefined }) {
  const links = supportLinksOf(branding);
  if (links.length === 0) return null;
  return (
    <ul aria-label="Help" className="flex flex-wrap gap-x-4 gap-y-1">
      {links.map(({ label, url }) => (
        <li key={url}>
          <a className="link" href={url} target="_blank" rel="noopener noreferrer">
            <bdi>{label}</bdi>
          </a>
        </li>
      ))}
    </ul>
  );
}
