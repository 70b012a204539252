import type { Refusal } from '@sallyport/authz';

/**
 * A step of a life cycle that the database found to be due and locked, so that it can't be refused.
 * @throws TypeError when it is: a query and a life cycle disagree, and nothing must be written
 */
export function stepMade<Step extends { readonly outcome: 'changed' }>(step: Step | Refusal): Step {
  if (step.outcome === 'changed') return step;
  throw new TypeError(`a step that is due was refused: ${step.message}`);
}
