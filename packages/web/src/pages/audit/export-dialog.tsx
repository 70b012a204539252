import { EXPORT_COUNT_HEADER } from '@sallyport/core/api';
import { Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { saveText } from '../../parts/save-text.ts';
import { Button } from '../../ui/button.tsx';
import { Segmented } from '../../ui/choice.tsx';
import { Dialog } from '../../ui/overlay.tsx';
import { type AuditView, auditCommandOf, auditQueryOf } from './filters.ts';

type Format = 'ndjson' | 'csv';

interface Progress {
  readonly written: number;
  readonly total: number;
  readonly isDone: boolean;
  readonly isTooLarge?: true;
}

/** A page holds what it exports until it is whole, in characters; larger exports are for the command line, which holds none. */
const MAX_EXPORT_CHARACTERS = 256 * 1_048_576;
const FORMATS = [
  { value: 'ndjson', label: 'Lines of JSON' },
  { value: 'csv', label: 'CSV' },
] as const;

/** Exports the events of the view into a file, and says how far it is. */
export function ExportDialog({ view, onClose }: { readonly view: AuditView; readonly onClose: () => void }) {
  const { readText, organization } = useSignedIn();
  const [format, setFormat] = useState<Format>('ndjson');
  const [progress, setProgress] = useState<Progress>();
  const [error, setError] = useState<unknown>();
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  async function run() {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setError(undefined);
    setProgress({ written: 0, total: 0, isDone: false });
    const query = { organization, ...auditQueryOf(view, Date.now()), format };
    const { headers, chunks } = await readText('exportAuditEvents', query, { signal });
    const total = Number(headers.get(EXPORT_COUNT_HEADER) ?? 0);
    const parts: string[] = [];
    let characters = 0;
    // The first line of CSV is its head.
    let written = format === 'csv' ? -1 : 0;
    for await (const chunk of chunks) {
      parts.push(chunk);
      characters += chunk.length;
      written += chunk.split('\n').length - 1;
      if (characters > MAX_EXPORT_CHARACTERS) return setProgress({ written, total, isDone: true, isTooLarge: true });
      setProgress({ written: Math.max(0, written), total, isDone: false });
    }
    saveText(parts, `audit.${format}`, format === 'csv' ? 'text/csv' : 'application/x-ndjson');
    setProgress({ written: Math.max(0, written), total, isDone: true });
  }

  const isRunning = progress !== undefined && !progress.isDone;
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title="Export these events">
      <p className="text-note text-ink-2">
        What is in the log when it begins, with these filters. The export is itself in the audit log.
      </p>
      <Segmented label="Form of the export" value={format} options={FORMATS} onChange={setFormat} />
      {error !== undefined && <ProblemNotice error={error} />}
      {progress !== undefined && error === undefined && <ProgressLine {...progress} />}
      <div className="flex justify-end gap-2">
        {isRunning && <Button onClick={onClose}>Stop</Button>}
        <Button
          kind="primary"
          busy={isRunning && 'Exporting'}
          icon={<Download size={14} strokeWidth={1.6} aria-hidden="true" />}
          onClick={() => {
            run().catch((problem: unknown) => {
              if (stop.current?.signal.aborted === true) return;
              setProgress(undefined);
              setError(problem);
            });
          }}
        >
          {format === 'csv' ? 'Export CSV' : 'Export lines of JSON'}
        </Button>
      </div>
      <CommandLine command={`${auditCommandOf(view, 'export')} -o ${format} > audit.${format}`} />
    </Dialog>
  );
}

function ProgressLine({ written, total, isDone, isTooLarge }: Progress) {
  const count = (value: number) => value.toLocaleString('en-GB');
  return (
    <div role="status" className="text-note text-ink-2">
      <progress
        className="h-1 w-full accent-(--accent)"
        max={Math.max(1, total)}
        value={written}
        aria-label="Exported"
      />
      {isTooLarge
        ? 'This is more than a page can hold. Use the command below, or narrow the time.'
        : isDone
          ? `${count(written)} events are in your downloads.`
          : `${count(written)} of ${count(total)} events`}
    </div>
  );
}
