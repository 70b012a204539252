import { Check, Minus } from 'lucide-react';
import { cx } from '../../ui/cx.ts';
import { MATRIX_COLUMNS, type MatrixCell, matrixOf, type RoleRule } from './rule-words.ts';

/** Kinds by read, create, change and delete: a bold tick is new, a struck one goes, a faint one was held. */
export function Matrix({
  before,
  after,
}: {
  readonly before: readonly RoleRule[];
  readonly after: readonly RoleRule[];
}) {
  const rows = matrixOf(before, after);
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix" className="pb-2 font-semibold">
        What it gives
      </h2>
      <table className="w-full text-note">
        <thead className="text-head text-ink-3">
          <tr className="border-b border-line">
            <th className="py-1 text-left font-normal">Resource</th>
            {MATRIX_COLUMNS.map(({ name }) => (
              <th key={name} className="w-20 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ resource, cells }) => (
            <tr key={resource} className="border-b border-line">
              <th className="py-1.5 text-left font-normal">
                <code>{resource === '*' ? 'everything else' : resource}</code>
              </th>
              {cells.map((cell, index) => (
                <td key={MATRIX_COLUMNS[index]?.name} className="text-center" title={cell.verbs.join(', ')}>
                  <Tick {...cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Tick({ before, after }: MatrixCell) {
  if (after === 'none') {
    return before === 'none' ? (
      <span className="sr-only">no</span>
    ) : (
      <span className="inline-flex items-center gap-1 text-danger">
        <Minus size={14} strokeWidth={2.4} aria-hidden="true" />
        <span className="sr-only">goes</span>
      </span>
    );
  }
  const isNew = before !== after && before !== 'all';
  return (
    <span className={cx('inline-flex items-center gap-1', isNew ? 'text-accent' : 'text-ink-3')}>
      <Check size={14} strokeWidth={isNew ? 2.4 : 1.6} aria-hidden="true" />
      <span className={after === 'some' ? '' : 'sr-only'}>{after === 'some' ? 'part' : isNew ? 'new' : 'held'}</span>
    </span>
  );
}
