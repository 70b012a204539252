import { useEffect } from 'react';

/** Names the tab after the page and the site, which is called `site`. */
export function usePageTitle(title: string, site = 'Sallyport'): void {
  useEffect(() => {
    document.title = title === '' ? site : `${title} · ${site}`;
  }, [title, site]);
}
