import { useParams } from '@tanstack/react-router';

/** What the path of the address names, by the names of its route; absent where that route has no such part. */
export function useAddressParts(): Readonly<Record<string, string | undefined>> {
  return useParams({ strict: false });
}
