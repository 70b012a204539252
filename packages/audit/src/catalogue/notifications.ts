import { entry } from './entry.ts';
import { CALL, ORGANIZATION } from './example-facts.ts';
import { called, count, freeText, identifier, word } from './fields.ts';

const notification = {
  notificationId: identifier('The notification.'),
  channel: called('The notification channel.'),
  event: word('What it tells.'),
  subjectId: identifier('What it tells about.'),
};
const details = {
  notificationId: 'ntf_01k9y3t0q5m8w2v7h4x6z1r9c0',
  channel: 'on-call',
  event: 'accessRequest.created',
  subjectId: 'req_01k9y3t0q5m8w2v7h4x6z1r9bq',
};

/** Notifications. */
export const NOTIFICATION_EVENTS = {
  'notification.dead': entry({
    name: 'Notification given up',
    category: 'notification',
    severity: 'warning',
    summary: 'A notification could not be delivered, and is not tried again.',
    fields: {
      ...notification,
      tries: count('How often it was tried.'),
      error: freeText('What went wrong the last time.'),
    },
    example: { ...ORGANIZATION, details: { ...details, tries: 12, error: 'answered 503' } },
  }),
  'notification.redelivered': entry({
    name: 'Notification sent again',
    category: 'notification',
    severity: 'info',
    summary: 'Somebody had a notification sent again that was not delivered.',
    fields: notification,
    example: { ...CALL, details },
  }),
  'notification.channel.tested': entry({
    name: 'Notification channel tested',
    category: 'notification',
    severity: 'info',
    summary: 'Somebody had a test sent to a notification channel.',
    fields: { channel: called('The notification channel.') },
    example: { ...CALL, details: { channel: 'on-call' } },
  }),
  'notification.callback.refused': entry({
    name: 'Callback refused',
    category: 'notification',
    severity: 'warning',
    summary: 'An answer from a notification channel was not signed as it must be.',
    fields: { channel: called('The notification channel.'), problem: freeText('What is wrong with it.') },
    example: {
      ...ORGANIZATION,
      sourceAddress: '198.51.100.4',
      details: { channel: 'on-call', problem: 'has a signature that is not right' },
    },
  }),
} as const;
