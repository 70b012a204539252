import { deciding } from '../api/authority.ts';
import { inWordsOfTheApi } from '../resources/commit-changes.ts';
import type { Transaction } from '../stores/contracts.ts';
import { type AccessActor, type AccessContext, type AccessGround, groundOn } from './ground.ts';

/**
 * Decides about access in one transaction, on the newest snapshot and on rows that are locked: nobody changes meanwhile what it
 * was decided on. Once this resolves the current snapshot has it, so that what was approved can be used at once.
 * @throws ApiError
 */
export async function decideAccess<Result>(
  context: AccessContext,
  actor: AccessActor,
  work: (tx: Transaction, ground: AccessGround) => Promise<Result>,
): Promise<Result> {
  try {
    return await deciding(context, actor.organizationId, async (snapshot, commit) => {
      let result: { readonly value: Result } | undefined;
      await commit(async (tx) => {
        result = { value: await work(tx, groundOn(context, actor, snapshot)) };
      });
      return (result as unknown as { readonly value: Result }).value;
    });
  } catch (error) {
    throw inWordsOfTheApi(error);
  }
}
