import type { Problem } from './problem.ts';

/**
 * Reads a problem document (RFC 9457) as servers of Sallyport write them, without the schemas of the contract: pages carry it
 * too. Members that the contract does not know, or that are not of its types, are left out.
 * @returns `undefined` when the body is none
 */
export function readProblem(body: unknown): Problem | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { type, title, status, detail, code, nextStep, docs, problems } = body as Record<string, unknown>;
  if (typeof type !== 'string' || typeof title !== 'string') return undefined;
  if (typeof detail !== 'string' || typeof code !== 'string') return undefined;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599) return undefined;
  return {
    type,
    title,
    status,
    detail,
    code,
    ...(typeof nextStep === 'string' && { nextStep }),
    ...(typeof docs === 'string' && { docs }),
    ...(Array.isArray(problems) && { problems: problems.flatMap(readPlace) }),
  };
}

/** Where a request broke the contract. */
function readPlace(place: unknown): readonly { path: string; message: string }[] {
  const { path, message } = (place ?? {}) as Record<string, unknown>;
  return typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : [];
}
