import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { TerminalConfig } from './web-kubectl/engine.ts';

/** What the configuration says about terminals in the browser. */
export const terminalsSchema = z.strictObject({
  enabled: z.boolean().optional(),
  kubectl: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
});

/** Reads how terminals run. Without a path, kubectl is the first one on `searchPath`. */
export function terminalsOf(
  { enabled, kubectl }: z.infer<typeof terminalsSchema>,
  searchPath: string | undefined,
): TerminalConfig {
  const found = kubectl ?? findProgram('kubectl', searchPath);
  return { ...(enabled !== undefined && { isEnabled: enabled }), ...(found !== undefined && { kubectl: found }) };
}

function findProgram(name: string, searchPath = ''): string | undefined {
  const folders = searchPath.split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
