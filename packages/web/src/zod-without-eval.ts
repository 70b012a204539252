import { config } from 'zod';

// zod compiles its readers with `new Function` unless told otherwise before the first schema is made; the content
// security policy refuses that and reports it as an attack. Imported first, for that reason.
config({ jitless: true });
