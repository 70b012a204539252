import { clockTime } from '../../ui/time-words.ts';

/** As `clockTime`, to the second: `14:21:44`, `Sun 07:14:02`. */
export function secondTime(at: Date, now: Date): string {
  return `${clockTime(at, now)}:${String(at.getSeconds()).padStart(2, '0')}`;
}
