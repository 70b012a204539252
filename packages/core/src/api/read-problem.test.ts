import { describe, expect, it } from 'vitest';
import { type Problem, problemSchema } from './problem.ts';
import { readProblem } from './read-problem.ts';

const PROBLEM: Problem = {
  type: 'https://docs.example.com/errors#err_api_conflict',
  title: 'Conflict',
  status: 409,
  detail: 'there is a cluster with the name prod',
  code: 'ERR_API_CONFLICT',
  nextStep: 'Choose another name.',
  docs: 'https://docs.example.com/errors#err_api_conflict',
  problems: [{ path: 'metadata.name', message: 'is taken' }],
};

describe('readProblem', () => {
  it('reads what the schema of the contract reads', () => {
    expect(readProblem(PROBLEM)).toEqual(problemSchema.parse(PROBLEM));
    const { nextStep: _, docs: __, problems: ___, ...least } = PROBLEM;
    expect(readProblem(least)).toEqual(problemSchema.parse(least));
  });

  it('takes nothing for a problem that the schema refuses', () => {
    const { code: _, ...withoutCode } = PROBLEM;
    for (const body of [null, 'no', [], {}, withoutCode, { ...PROBLEM, status: 200 }, { ...PROBLEM, status: 404.5 }]) {
      expect([body, problemSchema.safeParse(body).success, readProblem(body)]).toEqual([body, false, undefined]);
    }
  });

  it('leaves out what is not of the contract', () => {
    const odd = { ...PROBLEM, nextStep: { html: '<b>' }, problems: [{ path: 1, message: 'x' }, null], trace: 'abc' };
    const { nextStep: _, ...rest } = PROBLEM;
    expect(readProblem(odd)).toEqual({ ...rest, problems: [] });
  });
});
