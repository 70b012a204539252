import { X } from 'lucide-react';
import type { ReactNode } from 'react';

/** A Kubernetes label: `key=value`. */
export function LabelChip({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <span className="inline-flex max-w-full items-center rounded-label border border-line bg-well px-1 font-mono text-[11.5px] leading-4 text-ink-2">
      <bdi className="truncate">{value === '' ? name : `${name}=${value}`}</bdi>
    </span>
  );
}

/** A filter that is on: "verb is **patch**", with a way to take it off. */
export function TokenChip({
  field,
  is = 'is',
  value,
  onRemove,
  onEdit,
}: {
  readonly field: string;
  readonly is?: string;
  readonly value: ReactNode;
  readonly onRemove: () => void;
  readonly onEdit?: () => void;
}) {
  return (
    <span className="inline-flex h-6 shrink-0 items-center rounded-label bg-hover text-second text-ink-2">
      <button type="button" className="rounded-label px-1.5 leading-6" onClick={onEdit} title={`Change ${field}`}>
        {field} {is} <strong className="font-medium text-ink">{value}</strong>
      </button>
      <button
        type="button"
        className="flex size-6 items-center justify-center rounded-label hover:text-ink"
        aria-label={`Remove the filter ${field}`}
        onClick={onRemove}
      >
        <X size={12} strokeWidth={1.6} aria-hidden="true" />
      </button>
    </span>
  );
}
