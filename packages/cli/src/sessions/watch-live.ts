import { neutralise } from '../output/neutralise.ts';
import { readLive } from './follow-live.ts';
import type { Keys } from './keys.ts';
import type { Viewer } from './view-session.ts';

/** Shows a session while it runs, until it is over or the viewer leaves. Yields which it was, for people. */
export async function watchLive({ readText, at, screen, keys }: Viewer): Promise<string> {
  const leaving = new AbortController();
  const { chunks } = await readText('watchRecording', at, { signal: leaving.signal });
  void leaveOnQuit(keys, leaving);
  try {
    for await (const news of readLive(chunks)) {
      if (news.kind === 'end') return `The session is over (${neutralise(news.reason ?? news.state ?? 'ended')}).`;
      if (news.event.code === 'o') await screen.show(news.event.data);
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  }
  return 'You left; the session goes on.';
}

async function leaveOnQuit(keys: Keys, leaving: AbortController): Promise<void> {
  while ((await keys.next(Number.POSITIVE_INFINITY)) !== 'quit');
  leaving.abort();
}
