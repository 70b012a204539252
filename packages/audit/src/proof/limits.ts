/** Bounds of what a verifier reads: whoever made it may have meant harm. */
export interface ProofLimits {
  /** Longest line of a bundle, in characters. Default 4,194,304: an event of the longest written form, and what stands around it. */
  readonly maxLineCharacters: number;
  /** Longest signed note that is read, in characters. Default 16,384: a checkpoint with a few signatures has some 400. */
  readonly maxNoteCharacters: number;
  /** Most signatures that a note may carry, ours and those of witnesses. Default 32: C2SP signed-note asks for at least 16. */
  readonly maxNoteSignatures: number;
  /** Most breaks that a report names; the others are counted. Default 100. */
  readonly maxFindings: number;
}

/** Defaults of {@link ProofLimits}, which hold for everybody: two verifiers shall say the same of one log. */
export const PROOF_LIMITS: ProofLimits = Object.freeze({
  maxLineCharacters: 4 * 1_048_576,
  maxNoteCharacters: 16_384,
  maxNoteSignatures: 32,
  maxFindings: 100,
});
