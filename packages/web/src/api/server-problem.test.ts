import { CoreError } from '@sallyport/core';
import { ApiProblemError } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { describeServerProblem } from './server-problem.ts';

describe('describeServerProblem', () => {
  it('says what happened, what to do next and the code', () => {
    const error = new CoreError({
      code: 'ERR_API_UNREACHABLE',
      message: "https://a.test can't be reached: timeout",
      nextStep: 'Check the network.',
    });
    expect(describeServerProblem(error)).toEqual({
      sentence: "https://a.test can't be reached: timeout.",
      nextStep: 'Check the network.',
      code: 'ERR_API_UNREACHABLE',
    });
  });

  it('offers a next step where an error has none', () => {
    const error = new CoreError({ code: 'ERR_API_PROBLEM', message: 'the server is draining' });
    expect(describeServerProblem(error)).toMatchObject({
      sentence: 'The server is draining.',
      nextStep: expect.stringContaining('Try again'),
    });
  });

  it('offers none after a refusal without one', () => {
    const problem = {
      type: 'about:blank',
      title: 'Not requestable',
      status: 403,
      detail: 'developer is asked for at night only',
      code: 'ERR_API_NOT_REQUESTABLE',
    };
    expect(describeServerProblem(new ApiProblemError(problem))).toEqual({
      sentence: 'Developer is asked for at night only.',
      nextStep: undefined,
      code: 'ERR_API_NOT_REQUESTABLE',
    });
  });

  it('shows the code that the server gave', () => {
    const problem = {
      type: 'about:blank',
      title: 'Stale',
      status: 503,
      detail: 'no fresh view',
      code: 'ERR_API_STALE',
    };
    expect(describeServerProblem(new ApiProblemError(problem))).toMatchObject({ code: 'ERR_API_STALE' });
  });

  it('shows nothing of an error that is not ours', () => {
    expect(describeServerProblem(new Error('secret detail'))).toMatchObject({
      sentence: 'The server gave an answer that this page can’t read.',
      code: undefined,
    });
  });
});
