// zod compiles its readers with `new Function` unless told otherwise before the first schema is made; the content security
// policy refuses that and reports it as an attack. Chunks with schemas come later than this, so the library itself need not be
// here: this is where it keeps its configuration.
const scope = globalThis as { __zod_globalConfig?: { jitless?: boolean } };
scope.__zod_globalConfig = { ...scope.__zod_globalConfig, jitless: true };
