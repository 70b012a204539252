import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../stores/testing.ts';
import { startEndpoint, type TestEndpoint } from './testing/endpoint.ts';

/** One step of a sequence; `testdata/README.md` describes it. */
interface Step {
  readonly name: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly answer: { readonly status: number; readonly body?: object };
  readonly save?: Readonly<Record<string, string>>;
  readonly people?: Readonly<Record<string, object | null>>;
}

interface Sequence {
  readonly client: string;
  readonly steps: readonly Step[];
}

const sequences = ['okta', 'entra'].map(
  (name) => JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8')) as Sequence,
);

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe.each(sequences)(`the sequence of $client on ${database.name}`, ({ steps }) => {
    let endpoint: TestEndpoint;
    beforeAll(async () => {
      endpoint = await startEndpoint({ database });
    });
    afterAll(() => endpoint?.close());

    it('is answered as the client expects, step by step', async () => {
      const saved = new Map<string, string>();
      const filled = <Value>(value: Value): Value =>
        JSON.parse(
          JSON.stringify(value).replace(/\{\{(\w+)\}\}/g, (_, name: string) => saved.get(name) ?? `no ${name}`),
        ) as Value;
      for (const { name, save = {}, people = {}, ...step } of steps) {
        const { request, answer: wanted } = filled(step);
        const answer = await endpoint.scim(request.method, request.path, request.body);
        expect(answer.status, name).toBe(wanted.status);
        if (wanted.body === undefined) expect(answer.body, name).toBeUndefined();
        else expect(answer.body, name).toMatchObject(wanted.body);
        for (const [as, part] of Object.entries(save)) {
          saved.set(as, String((answer.body as Readonly<Record<string, unknown>>)[part]));
        }
        for (const [userName, known] of Object.entries(people)) {
          const person = endpoint.snapshots.current().find('Principal', userName, endpoint.organization.id);
          if (known === null) expect(person, `${name}: ${userName}`).toBeUndefined();
          else expect(person, `${name}: ${userName}`).toMatchObject(known);
        }
      }
    });
  });
}
