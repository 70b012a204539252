import { useBranding } from '../parts/branding.ts';
import { SupportLinks } from '../parts/support-links.tsx';
import { LinkButton } from '../ui/button.tsx';
import { Page } from './page.tsx';
import { paths } from './paths.ts';

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <Page title="There is no such page">
      <div className="flex flex-col items-start gap-3 px-6 py-8 max-md:px-4">
        <p className="text-ink-2">The address may be cut off, or what it led to is gone.</p>
        <LinkButton href={paths.home}>Go to my access</LinkButton>
        <SupportLinks branding={useBranding().branding} />
      </div>
    </Page>
  );
}
