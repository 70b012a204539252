import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditEvent, createAuditPipeline } from '@sallyport/audit';
import { systemClock } from '@sallyport/core';
import { createDailySink } from './daily-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-custom-sink-'));
const sinks = [{ sink: createDailySink(folder), delivery: 'required' as const }];
const pipeline = createAuditPipeline({ sinks, clock: systemClock });
await pipeline.record(createAuditEvent('login.failed', Date.now(), { details: { code: 'ERR_EXAMPLE' } }), 'required');
await pipeline.close();
process.stdout.write(`the event is in ${folder}\n`);
