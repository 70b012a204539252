import { describeError, type ShownError } from '../output/error.ts';
import { KIND_NAMES, type ResourceName } from './kind-words.ts';
import type { ResourceClient } from './resource-client.ts';

/** A resource to delete. */
export interface Deletion extends ResourceName {
  /** Given: deleted only while it still has this version. */
  readonly resourceVersion?: string;
}

/** What became of a deletion. */
export interface DeletionResult extends ResourceName {
  readonly action: 'deleted' | 'missing' | 'failed';
  readonly problem?: ShownError;
}

/**
 * Deletes resources one by one, those that others refer to last. A failure does not stop the rest: what could be deleted
 * is, and each result says what became of it.
 */
export async function deleteResources(
  client: Pick<ResourceClient, 'delete'>,
  deletions: readonly Deletion[],
  onResult: (result: DeletionResult) => void = () => {},
): Promise<readonly DeletionResult[]> {
  const results: DeletionResult[] = [];
  const rank = ({ kind }: Deletion) => -KIND_NAMES.indexOf(kind);
  for (const { kind, name, resourceVersion } of [...deletions].sort((a, b) => rank(a) - rank(b))) {
    const result = await client
      .delete(kind, name, resourceVersion === undefined ? {} : { ifMatch: resourceVersion })
      .then(
        (): DeletionResult => ({ kind, name, action: 'deleted' }),
        (error: unknown): DeletionResult => {
          const problem = describeError(error);
          return { kind, name, action: problem.code === 'ERR_API_NOT_FOUND' ? 'missing' : 'failed', problem };
        },
      );
    results.push(result);
    onResult(result);
  }
  return results;
}
