import { type ReactNode, useEffect, useRef, useState } from 'react';
import { signOut, type WebSession } from '../api/web-session.ts';
import { paths } from '../route.ts';
import { Mark } from '../ui/mark.tsx';

/** What {@link PageFrame} stands around. */
export interface PageFrameProps {
  /** Title of the page, in the bar and in the tab. */
  readonly title: string;
  readonly session?: WebSession;
  readonly children: ReactNode;
}

/** The bar with the page's title and the person's name, and the page below it. A page that is new takes the focus. */
export function PageFrame({ title, session, children }: PageFrameProps) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${title} · Sallyport`;
    main.current?.focus();
  }, [title]);
  return (
    <div className="frame">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="bar">
        <a className="bar-home" href={paths.home} aria-label="Sallyport">
          <Mark size={20} />
        </a>
        <h1 className="bar-title">{title}</h1>
        {session !== undefined && <Person session={session} />}
      </header>
      <main id="main" className="page" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Person({ session }: { readonly session: WebSession }) {
  const [isBusy, setBusy] = useState(false);
  const leave = () => {
    setBusy(true);
    signOut(session).catch(() => setBusy(false));
  };
  return (
    <div className="person">
      <span className="person-name">
        <bdi>{session.principal.userName}</bdi>
        <span className="person-organization">
          <bdi>{session.organization.name}</bdi>
        </span>
      </span>
      <button type="button" className="button" onClick={leave} aria-disabled={isBusy}>
        Sign out
      </button>
    </div>
  );
}
