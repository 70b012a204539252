import type { AuditReceiver } from '@sallyport/core/api';

interface Family {
  readonly name: string;
  readonly help: string;
  readonly value: (receiver: AuditReceiver, at: Date) => number | undefined;
}

const seconds = (from: Date, to: Date) => Math.max(0, to.getTime() - from.getTime()) / 1_000;

const FAMILIES: readonly Family[] = [
  {
    name: 'sallyport_audit_receiver_events_behind',
    help: 'Events of the log that the sink or witness does not have.',
    value: ({ eventsBehind }) => eventsBehind,
  },
  {
    name: 'sallyport_audit_receiver_behind_seconds',
    help: 'Age of the first event that the sink does not have.',
    value: ({ type, waitingSince }, at) =>
      type === 'witness' ? undefined : waitingSince === undefined ? 0 : seconds(waitingSince, at),
  },
  {
    name: 'sallyport_audit_receiver_failing_seconds',
    help: 'Since when the sink or witness takes nothing.',
    value: ({ failingSince }, at) => (failingSince === undefined ? 0 : seconds(failingSince, at)),
  },
  {
    name: 'sallyport_audit_receiver_refusing',
    help: 'Whether requests are refused because the sink is required and behind its bounds.',
    value: ({ type, state }) => (type === 'witness' ? undefined : Number(state === 'refusing')),
  },
];

/** Writes how sinks and witnesses do as OpenMetrics 1.0: gauges, by type, name, organization and log. */
export function formatDeliveryMetrics(receivers: readonly AuditReceiver[], at: Date): string {
  const families = FAMILIES.map(({ name, help, value }) => {
    const samples = receivers.flatMap((receiver) => {
      const measured = value(receiver, at);
      return measured === undefined ? [] : [`${name}{${labelsOf(receiver)}} ${measured}\n`];
    });
    return `# TYPE ${name} gauge\n# HELP ${name} ${help}\n${samples.join('')}`;
  });
  return `${families.join('')}# EOF\n`;
}

function labelsOf({ type, name, organization = '', log }: AuditReceiver): string {
  return Object.entries({ type, name, organization, log })
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
    .join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
