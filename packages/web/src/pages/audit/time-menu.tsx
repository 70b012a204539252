import { parseDuration } from '@sallyport/core';
import { Clock } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { MenuLater } from '../../ui/menu-later.tsx';
import { clockTime, shortDuration } from '../../ui/time-words.ts';
import type { AuditTime } from './filters.ts';

const USUAL = ['1h', '8h', '24h', '7d', '30d', '90d'] as const;

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
      items={USUAL.map((since) => ({
        label: `Last ${shortDuration(parseDuration(since))}`,
        isChecked: 'since' in time && time.since === since,
        onSelect: () => onChange({ since }),
      }))}
    />
  );
}

function timeWords(time: AuditTime, now: Date): string {
  if ('since' in time) return `Last ${shortDuration(parseDuration(time.since))}`;
  const to = time.to === undefined ? 'now' : clockTime(new Date(time.to), now);
  return `${clockTime(new Date(time.from), now)} to ${to}`;
}
