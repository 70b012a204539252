import { z } from 'zod';
import { NotificationError } from '../errors.ts';
import { assertTaken } from '../outbound.ts';
import { plainLine } from '../plain-text.ts';
import type { NotificationView } from '../view.ts';
import { basicAuthorization, JSON_HEADERS, type Sender, secretOf } from './sender.ts';

const createdSchema = z.object({ result: z.object({ sys_id: z.string().regex(/^[0-9a-f]{32}$/) }) });
/** Longest short description of the standard tables, in characters. */
const MAX_SHORT_DESCRIPTION = 160;

/** Creates a record by the table API, and adds work notes to it afterwards. */
export const sendToServiceNow: Sender<'serviceNow'> = async (outbound, { view, target, secrets, reference }) => {
  const table = `${target.url.replace(/\/+$/, '')}/api/now/table/${target.table ?? 'incident'}`;
  const answer = await outbound.send({
    method: reference === undefined ? 'POST' : 'PATCH',
    url: reference === undefined ? table : `${table}/${reference}`,
    headers: { ...JSON_HEADERS, authorization: basicAuthorization(target.user, secretOf(secrets, 'password')) },
    body: JSON.stringify(reference === undefined ? renderServiceNowRecord(view) : renderServiceNowNote(view)),
  });
  assertTaken(answer, 'ServiceNow');
  return { reference: reference ?? readId(answer.text) };
};

/** Makes the fields of a new record. Its correlation id finds it by the subject. */
export function renderServiceNowRecord(view: NotificationView) {
  return {
    short_description: inert(plainLine(view.title, MAX_SHORT_DESCRIPTION)),
    description: inert(textOf(view)),
    correlation_id: view.subject,
    correlation_display: 'Sallyport',
    ...(view.isUrgent && { urgency: '1', impact: '1' }),
  };
}

/** Makes what is added to a record. */
export function renderServiceNowNote(view: NotificationView) {
  return { work_notes: inert(textOf(view)) };
}

function textOf({ title, facts, link }: NotificationView): string {
  return [title, '', ...facts.map(({ label, value }) => `${label}: ${value}`), '', link].join('\n');
}

/** Journals show what stands between `[code]` as HTML. */
function inert(text: string): string {
  return text.replaceAll(/\[(?=\/?code)/gi, '[ ');
}

function readId(text: string): string {
  try {
    return createdSchema.parse(JSON.parse(text)).result.sys_id;
  } catch {
    throw new NotificationError({
      code: 'ERR_NOTIFICATION_REFUSED',
      message: 'ServiceNow answered with something that is no record',
      nextStep: 'Look whether the address is that of the instance.',
      // It may have been created: another try would make another one.
      isFinal: true,
    });
  }
}
