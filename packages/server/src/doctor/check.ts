import { isCodedError } from '@sallyport/core';

/** What one check of a server found. */
export interface ServerCheck {
  readonly name: string;
  /** `skipped` when an earlier check failed that this one needs, or when there is nothing to check. */
  readonly result: 'ok' | 'failed' | 'skipped';
  readonly detail: string;
  readonly nextStep?: string;
}

/** A {@link ServerCheck} without its name. */
export type Found = Omit<ServerCheck, 'name'>;

/** All is well. */
export const ok = (detail: string): Found => ({ result: 'ok', detail });

/** Something has to be done. */
export const failed = (detail: string, nextStep: string): Found => ({ result: 'failed', detail, nextStep });

/** It was not looked at. */
export const skipped = (detail: string): Found => ({ result: 'skipped', detail });

/** What is said of a check whose basis failed. */
export const NEEDS_MORE: Found = skipped('needs what failed above');

/** Checks in their order, with what they found. */
export interface Checklist {
  readonly results: readonly ServerCheck[];
  /** Runs a check, and says whether all is well. A check that throws has failed. */
  check(name: string, work: () => Promise<Found> | Found): Promise<boolean>;
}

/** Makes an empty list. */
export function createChecklist(): Checklist {
  const results: ServerCheck[] = [];
  return {
    results,
    async check(name, work) {
      const found = await Promise.resolve().then(work).catch(toFound);
      results.push({ name, ...found });
      return found.result === 'ok';
    },
  };
}

/** What an error says, without what its cause might quote. */
function toFound(error: unknown): Found {
  if (!isCodedError(error)) {
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    return failed(`it could not be looked at (${String(code ?? name)})`, 'Look at what it needs, and run this again.');
  }
  return failed(error.message, error.nextStep ?? 'Run this again once that is mended.');
}
