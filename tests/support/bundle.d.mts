/** Bundles programs from the sources; see `bundle.mjs`. */
export function bundlePrograms(name: string, entryPoints: Readonly<Record<string, string>>): Promise<string>;
/** Runs a bundled program in place of this one; see `bundle.mjs`. */
export function become(program: string, execArgv?: readonly string[]): void;
