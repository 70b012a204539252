import { useEffect, useRef, useState } from 'react';
import { useNow } from '../ui/use-now.ts';
import { type Announcements, announcementsOf, type KnownAccess } from './announcements.ts';
import { useSignedIn } from './signed-in.tsx';

const NOTHING: Announcements = { polite: [], assertive: [] };

/** Reads out what changes by itself about the reader's access, wherever they are in the site. */
export function Announcer() {
  const { me } = useSignedIn();
  const now = useNow();
  const known = useRef<KnownAccess>(undefined);
  const [said, setSaid] = useState(NOTHING);
  useEffect(() => {
    if (me === undefined) return;
    const next = { me, now };
    const news = known.current === undefined ? NOTHING : announcementsOf(known.current, next);
    known.current = next;
    // What was said stays, so that nothing is read out twice.
    if (news.polite.length > 0 || news.assertive.length > 0) setSaid(news);
  }, [me, now]);
  return (
    <>
      <div aria-live="polite" className="sr-only">
        {said.polite.join('. ')}
      </div>
      <div aria-live="assertive" className="sr-only">
        {said.assertive.join('. ')}
      </div>
    </>
  );
}
