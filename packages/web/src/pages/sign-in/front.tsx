import type { ReactNode } from 'react';
import { SupportLinks } from '../../parts/support-links.tsx';
import { Logo } from '../../ui/mark.tsx';
import { Wall } from '../../ui/wall.tsx';
import { usePublicBranding } from './use-public-branding.ts';

/** The page of whoever is not signed in: a column of text beside the wall with its one gate. */
export function Front({ children, foot }: { readonly children: ReactNode; readonly foot?: ReactNode }) {
  const { branding, isKnown } = usePublicBranding();
  return (
    <div className="flex min-h-dvh bg-surface">
      <div className="flex w-[520px] shrink-0 flex-col px-[72px] py-10 max-lg:w-full max-lg:px-10 max-md:px-5 max-md:py-6">
        <header className="flex items-center gap-3">
          <Logo src={branding?.logo} isKnown={isKnown} size={24} />
          <span className="min-w-0 truncate text-[15px] font-semibold">
            <bdi>{isKnown && (branding?.name ?? 'Sallyport')}</bdi>
          </span>
        </header>
        <main id="main" className="flex flex-1 flex-col justify-center gap-6 py-10">
          {children}
        </main>
        <footer className="flex flex-col gap-1 text-second text-ink-3">
          {foot}
          <SupportLinks branding={branding} />
        </footer>
      </div>
      <div className="relative min-w-0 flex-1 overflow-hidden bg-wall max-[899px]:hidden" aria-hidden="true">
        <Wall />
      </div>
    </div>
  );
}
