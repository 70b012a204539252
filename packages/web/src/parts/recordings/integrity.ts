import type { SessionResource } from '@sallyport/core/api';
import type { ProofCheck } from '../proof/check-proof.ts';

/**
 * Whether a recording is the one that the audit log closed. `proved`: the head of its chain of hashes and the count of its chunks
 * stand in a proved event. `changed`: they differ. `unproved`: the event itself is not proved. `unknown`: the log has no such event.
 */
export type RecordingVerdict = 'proved' | 'changed' | 'unproved' | 'unknown';

/**
 * Compares what the server says of a recording with the event that closed it. The event is taken from its proof, not from a listing:
 * only that one is proved.
 */
export function judgeRecording(
  { headSha256, chunkCount, id }: Pick<SessionResource, 'headSha256' | 'chunkCount' | 'id'>,
  event: Readonly<Record<string, unknown>>,
  check: ProofCheck,
): RecordingVerdict {
  if (!check.isProved) return 'unproved';
  const details = (event['details'] ?? {}) as Readonly<Record<string, unknown>>;
  const isSame =
    event['recordingId'] === id && details['headSha256'] === headSha256 && details['chunks'] === chunkCount;
  return isSame ? 'proved' : 'changed';
}
