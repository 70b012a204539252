/** What is wrong with a document, and where. */
export interface DocumentProblem {
  /** Path of the field, e.g. `deny[0].rules[1].verbs`. */
  readonly path: string;
  /** One phrase. */
  readonly message: string;
}
