import type { Player } from './player.ts';

const SEEK_MS = 5_000;

/**
 * Does what a key of playback does: Space plays and pauses, ← → go five seconds, N and P from command to command, `,` and `.` a step,
 * 1 to 4 set the speed, I skips what is idle. Answers whether it is such a key.
 *
 * @param commandsAt where commands begin, in milliseconds of the recording, in their order
 */
export function pressKey(key: string, player: Player, commandsAt: readonly number[]): boolean {
  const { atMs, isPlaying, skipsIdle } = player.state;
  switch (key) {
    case ' ':
      if (isPlaying) player.pause();
      else player.play();
      return true;
    case 'ArrowRight':
      player.seek(atMs + SEEK_MS);
      return true;
    case 'ArrowLeft':
      player.seek(atMs - SEEK_MS);
      return true;
    case 'n':
      player.seek(commandsAt.find((each) => each > atMs) ?? Number.POSITIVE_INFINITY);
      return true;
    case 'p':
      player.seek(commandsAt.findLast((each) => each < atMs) ?? 0);
      return true;
    case '.':
      player.step(1);
      return true;
    case ',':
      player.step(-1);
      return true;
    case 'i':
      player.setSkipsIdle(!skipsIdle);
      return true;
    case '1':
      player.setSpeed(0.5);
      return true;
    case '2':
      player.setSpeed(1);
      return true;
    case '3':
      player.setSpeed(2);
      return true;
    case '4':
      player.setSpeed(4);
      return true;
    default:
      return false;
  }
}
