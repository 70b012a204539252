import type { NotificationDelivery } from '@sallyport/core/api';
import type { View } from './format.ts';
import { shorten } from './text.ts';

const CELL = 60;

/** How deliveries of a notification channel are shown. */
export const deliveryView: View<NotificationDelivery> = {
  kind: 'delivery',
  name: (it) => it.id,
  columns: [
    { header: 'ID', cell: (it) => it.id },
    { header: 'EVENT', cell: (it) => it.event },
    { header: 'STATE', cell: (it) => it.state },
    { header: 'TRIES', cell: (it) => String(it.tries) },
    { header: 'CREATED', cell: (it) => it.createdAt.toISOString() },
    { header: 'NEXT TRY', cell: (it) => it.nextTryAt?.toISOString() ?? '-' },
    { header: 'ERROR', cell: (it) => shorten(it.error ?? '-', CELL) },
    { header: 'SUBJECT', cell: (it) => it.subject, isWide: true },
  ],
};
