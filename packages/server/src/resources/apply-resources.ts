import { type ApplyReport, type ApplyResult, type KindName, kinds } from '@sallyport/core/api';
import { callEvent, type Handler } from '../api/context.ts';
import { ApiError } from '../errors.ts';
import { commitChanges } from './commit-changes.ts';
import type { ParsedDocument } from './definition.ts';
import { definitionOf } from './definitions.ts';
import { type Change, type PlannedChange, type PlanningGround, planChange } from './plan-change.ts';

/** Label that remembers with which set a resource was applied, so that leaving the set can delete it. */
export const APPLY_SET_LABEL = 'sallyport.dev/apply-set';

interface ApplyBody {
  readonly resources: readonly ParsedDocument<KindName>[];
  readonly dryRun: boolean;
  readonly pruneSet?: string;
}

const ORDER = Object.keys(kinds) as KindName[];

/** Ends planning when some documents failed; carries what became of each. */
class PlanFailed extends Error {
  readonly results: readonly ApplyResult[];

  constructor(results: readonly ApplyResult[]) {
    super('some documents can not be applied');
    this.results = results;
  }
}

/**
 * Applies documents in one transaction. Each that fails is reported, with the reason and the place in the document; then
 * nothing at all is changed.
 */
export const applyResources: Handler = async (context, call): Promise<ApplyReport> => {
  const { resources, dryRun, pruneSet } = call.body as ApplyBody;
  const documents = resources.map((document, index) => ({ index, document: withSetLabel(document, pruneSet) }));
  assertEachOnce(resources);
  const { organization } = call.caller;
  let results: readonly ApplyResult[] = [];
  try {
    await commitChanges({
      context,
      organization,
      isDryRun: dryRun,
      eventOf: (code, facts) => callEvent(context, call, code, facts),
      plan(draft) {
        const planned = planAll(documents, pruneSet, { context, call, organization, draft });
        results = planned.results;
        return planned.changes;
      },
    });
    return { isApplied: !dryRun, results: [...results] };
  } catch (error) {
    if (!(error instanceof PlanFailed)) throw error;
    return { isApplied: false, results: [...error.results] };
  }
};

interface IndexedDocument {
  readonly index: number;
  readonly document: ParsedDocument<KindName>;
}

function planAll(
  documents: readonly IndexedDocument[],
  pruneSet: string | undefined,
  ground: PlanningGround,
): { readonly changes: PlannedChange[]; readonly results: ApplyResult[] } {
  const changes: PlannedChange[] = [];
  const results: ApplyResult[] = [];
  const attempt = (change: Change, about: Pick<ApplyResult, 'index' | 'kind' | 'name'>) => {
    try {
      const planned = planChange(change, ground);
      changes.push(planned);
      results.push({ ...about, name: planned.name, action: planned.action });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      results.push({ ...about, action: 'failed', problem: describeProblem(error) });
    }
  };
  const inOrder = [...documents].sort((a, b) => ORDER.indexOf(a.document.kind) - ORDER.indexOf(b.document.kind));
  for (const { index, document } of inOrder) {
    const { kind } = document;
    attempt({ action: 'put', kind, document }, { index, kind, name: document.metadata.name });
  }
  if (pruneSet !== undefined) {
    for (const { kind, name } of strayOf(pruneSet, documents, ground)) {
      attempt({ action: 'delete', kind, name }, { kind, name });
    }
  }
  results.sort((a, b) => (a.index ?? documents.length) - (b.index ?? documents.length));
  if (results.some(({ action }) => action === 'failed')) throw new PlanFailed(results);
  return { changes, results };
}

/** What the set made earlier and no longer holds, in the order in which it can go. */
function strayOf(
  pruneSet: string,
  documents: readonly IndexedDocument[],
  { draft, organization }: PlanningGround,
): { readonly kind: KindName; readonly name: string }[] {
  const kept = new Set(documents.map(({ document }) => keyOf(document)));
  return [...ORDER].reverse().flatMap((kind) => {
    if (kinds[kind].level === 'installation') return [];
    const definition = definitionOf(kind);
    return definition
      .list(draft, organization.id)
      .filter((record) => record.labels[APPLY_SET_LABEL] === pruneSet)
      .map((record) => ({ kind, name: definition.nameOf(record as never) }))
      .filter(({ name }) => !kept.has(`${kind}/${name}`));
  });
}

function withSetLabel(document: ParsedDocument<KindName>, pruneSet: string | undefined): ParsedDocument<KindName> {
  if (pruneSet === undefined) return document;
  const labels = { ...document.metadata.labels, [APPLY_SET_LABEL]: pruneSet };
  return { ...document, metadata: { ...document.metadata, labels } } as ParsedDocument<KindName>;
}

function assertEachOnce(resources: readonly ParsedDocument<KindName>[]): void {
  const seen = new Map<string, number>();
  for (const [i, document] of resources.entries()) {
    const first = seen.get(keyOf(document));
    if (first === undefined) seen.set(keyOf(document), i);
    else {
      const message = `is the same ${document.kind} as resources.${first}`;
      throw new ApiError({
        code: 'ERR_API_REQUEST_INVALID',
        message: `the document set names the ${document.kind} ${JSON.stringify(document.metadata.name)} twice`,
        problems: [{ path: `body.resources.${i}`, message }],
        nextStep: 'Keep one of the two.',
      });
    }
  }
}

function keyOf({ kind, metadata }: ParsedDocument<KindName>): string {
  return `${kind}/${metadata.name}`;
}

function describeProblem({ code, message, problems, nextStep }: ApiError): NonNullable<ApplyResult['problem']> {
  const path = problems[0]?.path.replace(/^body\./, '');
  return { code, message, ...(path !== undefined && { path }), ...(nextStep !== undefined && { nextStep }) };
}
