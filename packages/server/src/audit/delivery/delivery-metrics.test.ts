import { expect, it } from 'vitest';
import { formatDeliveryMetrics } from './delivery-metrics.ts';

const at = new Date('2026-01-01T00:10:00Z');
const ago = (ms: number) => new Date(at.getTime() - ms);

it('is OpenMetrics: each family once, labels escaped, an end', () => {
  const text = formatDeliveryMetrics(
    [
      {
        ...{ type: 'sink', name: 'siem', organization: 'acme', log: 'org_1', state: 'refusing', eventsBehind: 12 },
        ...{ waitingSince: ago(90_000), failingSince: ago(60_500) },
      },
      { type: 'witness', name: 'a"b\\c\n', log: 'installation', state: 'delivering', eventsBehind: 0 },
    ],
    at,
  );
  const siem = 'type="sink",name="siem",organization="acme",log="org_1"';
  const witness = 'type="witness",name="a\\"b\\\\c\\n",organization="",log="installation"';
  expect(text.split('\n').filter((line) => !line.startsWith('# HELP'))).toEqual([
    '# TYPE sallyport_audit_receiver_events_behind gauge',
    `sallyport_audit_receiver_events_behind{${siem}} 12`,
    `sallyport_audit_receiver_events_behind{${witness}} 0`,
    '# TYPE sallyport_audit_receiver_behind_seconds gauge',
    `sallyport_audit_receiver_behind_seconds{${siem}} 90`,
    '# TYPE sallyport_audit_receiver_failing_seconds gauge',
    `sallyport_audit_receiver_failing_seconds{${siem}} 60.5`,
    `sallyport_audit_receiver_failing_seconds{${witness}} 0`,
    '# TYPE sallyport_audit_receiver_refusing gauge',
    `sallyport_audit_receiver_refusing{${siem}} 1`,
    '# EOF',
    '',
  ]);
});
