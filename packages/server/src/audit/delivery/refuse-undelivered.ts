import { AuditError, type AuditPipeline } from '@sallyport/audit';
import { formatDuration } from '@sallyport/core';
import type { OverdueWatch } from './overdue-sinks.ts';

/**
 * A pipeline that takes no start of a request while a required sink of its organization is overdue. All else is recorded: what has
 * happened already, and what people do to repair the sink.
 */
export function refuseUndelivered(pipeline: AuditPipeline, overdue: Pick<OverdueWatch, 'of'>): AuditPipeline {
  return {
    ...pipeline,
    async record(event, delivery) {
      const sink = event.code === 'proxy.request.started' ? overdue.of(event.organizationId) : undefined;
      if (sink === undefined) return pipeline.record(event, delivery);
      const { name, eventsBehind, maxEvents, maxTimeMs } = sink;
      throw new AuditError({
        code: 'ERR_AUDIT_UNDELIVERED',
        message: `audit sink ${name} is required and ${eventsBehind} events behind; it may be ${maxEvents} events, or ${formatDuration(maxTimeMs)}`,
        nextStep: `Run \`sallyport audit-sinks show ${name}\` to see why. Requests go on by themselves once it has caught up.`,
      });
    },
  };
}
