import { parseDuration } from '@sallyport/core';
import { Clock } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { MenuLater } from '../../ui/menu-later.tsx';
import { clockTime, shortDuration } from '../../ui/time-words.ts';
import type { AuditTime } from './filters.ts';

const USUAL: Readonly<Record<string, string>> = {
  '1h': 'Last hour',
  '8h': 'Last 8 h',
  '24h': 'Last 24 h',
  '7d': 'Last 7 d',
  '30d': 'Last 30 d',
  '90d': 'Last 90 d',
};

/** Which time is looked at: one of the usual ones up to now. A stretch between two instants is marked in the chart. */
export function TimeMenu({
  time,
  now,
  onChange,
}: {
  readonly time: AuditTime;
  readonly now: Date;
  readonly onChange: (time: AuditTime) => void;
}) {
  return (
    <MenuLater
      trigger={
        <Button
          icon={<Clock size={14} strokeWidth={1.6} aria-hidden="true" />}
          aria-label={`Time: ${timeWords(time, now)}`}
        >
          {timeWords(time, now)}
        </Button>
      }
      items={Object.entries(USUAL).map(([since, label]) => ({
        label,
        isChecked: 'since' in time && time.since === since,
        onSelect: () => onChange({ since }),
      }))}
    />
  );
}

function timeWords(time: AuditTime, now: Date): string {
  if ('since' in time) return USUAL[time.since] ?? `Last ${shortDuration(parseDuration(time.since))}`;
  const to = time.to === undefined ? 'now' : clockTime(new Date(time.to), now);
  return `${clockTime(new Date(time.from), now)} to ${to}`;
}
