import type { AuditEventResource } from '@sallyport/core/api';

type Change = NonNullable<AuditEventResource['change']>;
type Operation = Readonly<Record<string, unknown>>;

/** What a write did to one place of an object. */
export interface FieldChange {
  /** `spec.template.metadata.annotations`; empty for the object as a whole. */
  readonly path: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/**
 * What a write changed, place by place. A patch tells what is there now; what was there before is known from the patch that takes
 * it back.
 */
export function changesOf({ patch = [], undo = [] }: Change): readonly FieldChange[] {
  return patch.flatMap((operation): FieldChange[] => {
    const { op, path } = operation;
    if (typeof path !== 'string' || op === 'test') return [];
    const before = undo.find((each) => each['path'] === path && each['op'] !== 'remove' && each['op'] !== 'test');
    return [
      {
        path: formatPointer(path),
        removed: op === 'add' && before === undefined ? [] : valueLines(before),
        added: op === 'remove' ? [] : valueLines(operation),
      },
    ];
  });
}

/** A JSON Pointer (RFC 6901) as people write a path; what holds a dot is quoted. */
export function formatPointer(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) =>
      /^[\w-]+$/.test(part) ? (/^\d+$/.test(part) ? `[${part}]` : `.${part}`) : `[${JSON.stringify(part)}]`,
    )
    .join('')
    .replace(/^\./, '');
}

function valueLines(operation: Operation | undefined): readonly string[] {
  if (operation === undefined || !('value' in operation)) return [];
  return (JSON.stringify(operation['value'], null, 2) ?? '').split('\n');
}
