import { useBranding } from '../parts/branding.ts';
import { SupportLinks } from '../parts/support-links.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from './page.tsx';

/** In the place of a page that failed; the rest of the site goes on. */
export function PageFailure({ error }: { readonly error: unknown }) {
  const { branding } = useBranding();
  // A chunk that is gone since a newer release came: the page has to be loaded anew.
  const isOld = error instanceof TypeError && /dynamically imported module/i.test(error.message);
  return (
    <Page title="This page failed">
      <div className="max-w-[640px] px-6 py-6 max-md:px-4">
        <Notice
          kind="danger"
          role="alert"
          title={isOld ? 'There is a newer release of this site.' : 'This page can’t show what it was asked for.'}
          action={<Button onClick={() => window.location.reload()}>Load it anew</Button>}
        >
          {isOld ? 'Load the page anew to go on.' : 'Nothing was changed. Load the page anew, or go on elsewhere.'}
        </Notice>
        <div className="pt-4">
          <SupportLinks branding={branding} />
        </div>
      </div>
    </Page>
  );
}
