import { type AuditEvent, findCatalogueEntry } from '@sallyport/audit';
import { AUDIT_EVENT_SEVERITIES, type KindSpec } from '@sallyport/core/api';

/** Which events a sink wants. An event that the catalogue does not know is wanted: rather one too many than one too few. */
export function createEventFilter({
  categories,
  minSeverity = 'info',
}: Pick<KindSpec<'AuditSink'>, 'categories' | 'minSeverity'>): (event: AuditEvent) => boolean {
  const least = AUDIT_EVENT_SEVERITIES.indexOf(minSeverity);
  return ({ code, severity }) => {
    if (AUDIT_EVENT_SEVERITIES.indexOf(severity) < least) return false;
    const category = findCatalogueEntry(code)?.category;
    return categories === undefined || category === undefined || categories.includes(category);
  };
}
