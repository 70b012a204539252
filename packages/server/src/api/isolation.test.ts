import { type Operation, operations } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChoice } from './testing/choice.ts';
import {
  type ForeignRequest,
  FUZZED,
  foreignRequest,
  type Ground,
  placesOf,
  randomForeignRequest,
} from './testing/foreign-requests.ts';
import { type Answer, startTwoOrganizations, THEIRS, type TwoOrganizations } from './testing/two-organizations.ts';

/** How many random requests are made. A campaign sets more. */
const CASES = Number(process.env['SALLYPORT_FUZZ_CASES'] ?? 400);
/** Says which ones; printed with every failure. */
const SEED = Number(process.env['SALLYPORT_FUZZ_SEED'] ?? 20_261_122);
/** After how many requests the other organization is looked at. */
const BATCH = 25;

/** Operations whose answers tell of earlier requests. */
const TELLS_OF_REQUESTS: ReadonlySet<string> = new Set(['listAuditEvents', 'exportAuditEvents', 'getAuditEvent']);

describe('two organizations with the same names inside', () => {
  let two: TwoOrganizations;
  let ground: Ground;
  beforeAll(async () => {
    two = await startTwoOrganizations();
    ground = {
      ownOrganization: two.installation.organization.name,
      otherOrganization: two.installation.otherOrganization.name,
      foreignIds: two.foreignIds,
    };
  }, 60_000);
  afterAll(() => two?.close());

  /** What is wrong with an answer; empty when nothing is. */
  function problemsOf(request: ForeignRequest, { status, text }: Answer): string[] {
    const problems: string[] = [];
    const isSuccess = status < 300 && !text.includes('"isApplied":false');
    if (status >= 500) problems.push('the server failed');
    if (request.expects === 'notFound' && status !== 404) problems.push('it must be answered as one that is not there');
    if (request.expects === 'forbidden' && status !== 403) problems.push('it must be forbidden');
    if (request.expects === 'refused' && isSuccess) problems.push('it must not succeed');
    if (text.includes(two.secret)) problems.push('the answer tells what the other organization has');
    // The audit log tells of earlier requests, what they named included.
    if (TELLS_OF_REQUESTS.has(request.operation)) return problems;
    let rest = text;
    for (const value of request.sent) rest = rest.replaceAll(value, '');
    if (rest.includes(THEIRS)) problems.push('the answer names what the other organization has');
    const told = [...two.foreignIds.values()].flat().find((id) => rest.includes(id));
    if (told !== undefined) problems.push(`the answer has an id of the other organization: ${told}`);
    return problems;
  }

  /** Makes requests one after the other; what one of them has changed here is put back before the next. */
  async function sendAll(requests: Iterable<ForeignRequest>): Promise<string[]> {
    const problems: string[] = [];
    const before = await two.stateOfOther();
    let batch: ForeignRequest[] = [];
    const look = async () => {
      const after = await two.stateOfOther();
      if (after !== before) {
        const what = differences(before, after).join('\n');
        throw new Error(
          `the other organization was changed:\n${what}\nby one of\n${batch.map(describeRequest).join('\n')}`,
        );
      }
      batch = [];
    };
    for (const request of requests) {
      const answer = await two.send(request);
      batch.push(request);
      for (const problem of problemsOf(request, answer)) {
        problems.push(
          `${describeRequest(request)}\n  came to ${answer.status}: ${problem}\n  ${answer.text.slice(0, 500)}`,
        );
      }
      if (two.refersToOther())
        throw new Error(`a record refers to the other organization: ${describeRequest(request)}`);
      if (request.method !== 'GET' && answer.status < 300) await two.restore();
      if (batch.length === BATCH) await look();
    }
    await look();
    return problems;
  }

  it('has a body that the contract takes for every operation', () => {
    const choice = createChoice(1);
    for (const name of FUZZED) {
      const { body } = foreignRequest(name, [], ground, choice);
      const operation: Operation = operations[name];
      expect([name, operation.body?.safeParse(body).error]).toEqual([name, undefined]);
    }
  });

  it('SEC-E10 SEC-H01 knows nothing of the other one at any place of any operation', async () => {
    const choice = createChoice(SEED);
    const requests = FUZZED.flatMap((name) =>
      placesOf(name).flatMap((place) =>
        Array.from({ length: place.in === 'path' ? 2 : 1 }, () => foreignRequest(name, [place], ground, choice)),
      ),
    );
    expect(requests.length).toBeGreaterThan(300);
    expect(await sendAll(requests)).toEqual([]);
  }, 120_000);

  it(
    `SEC-E10 SEC-H01 knows nothing of the other one in ${CASES} random requests from the seed ${SEED}`,
    async () => {
      const choice = createChoice(SEED);
      function* requests() {
        for (let i = 0; i < CASES; i += 1) yield randomForeignRequest(ground, choice);
      }
      expect(await sendAll(requests())).toEqual([]);
    },
    Math.max(120_000, CASES * 100),
  );
});

function describeRequest({ operation, method, path, body, headers, expects }: ForeignRequest): string {
  return `${operation}: ${method} ${path} ${JSON.stringify({ headers, body, expects })}`;
}

/** The first lines that one of two texts has and the other has not. */
function differences(before: string, after: string): string[] {
  const [was, is] = [new Set(before.split('\n')), new Set(after.split('\n'))];
  const gone = [...was].filter((line) => !is.has(line)).map((line) => `- ${line}`);
  const come = [...is].filter((line) => !was.has(line)).map((line) => `+ ${line}`);
  return [...gone.slice(0, 5), ...come.slice(0, 5)];
}
