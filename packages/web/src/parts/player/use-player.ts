import { systemClock } from '@sallyport/core';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { Cast } from './cast.ts';
import { createPlayer, type Player, type PlayerState } from './player.ts';
import { pressKey } from './player-keys.ts';
import { createCastScreen, type Display } from './screen.ts';

const NONE: PlayerState = { atMs: 0, isPlaying: false, speed: 1, skipsIdle: true };
const nothing = () => () => {};

function nextFrame(draw: () => void): () => void {
  const frame = requestAnimationFrame(draw);
  return () => cancelAnimationFrame(frame);
}

/** A player of a recording: what its terminal is to be given, and where it stands. */
export function usePlayer(cast: Cast): {
  readonly player: Player | undefined;
  readonly state: PlayerState;
  readonly onReady: (display: Display) => () => void;
} {
  const [player, setPlayer] = useState<Player>();
  const onReady = useCallback(
    (display: Display) => {
      const made = createPlayer({ cast, screen: createCastScreen(display), clock: systemClock, nextFrame });
      setPlayer(made);
      return () => {
        made.close();
        setPlayer(undefined);
      };
    },
    [cast],
  );
  const state = useSyncExternalStore(player?.subscribe ?? nothing, () => player?.state ?? NONE);
  return { player, state, onReady };
}

/** Keys of playback, wherever the focus is but in fields and overlays. */
export function usePlayerKeys(
  player: Player | undefined,
  {
    commandsAt,
    isElsewhere,
  }: { readonly commandsAt: readonly number[]; readonly isElsewhere: (event: KeyboardEvent) => boolean },
): void {
  useEffect(() => {
    if (player === undefined) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isElsewhere(event)) return;
      if (pressKey(event.key, player, commandsAt)) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [player, commandsAt, isElsewhere]);
}
