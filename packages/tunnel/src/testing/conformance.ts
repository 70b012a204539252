/** One case of a conformance suite: resolves when it holds, rejects with an assertion error when not. */
export interface ConformanceCase<Setup> {
  /** A sentence about behaviour. */
  readonly name: string;
  run(setup: Setup): Promise<void>;
}
