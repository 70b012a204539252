import { describe, expect, it } from 'vitest';
import { CodedError, CoreError, isCodedError } from './errors.ts';

describe('CodedError', () => {
  it('carries code, message, cause, next step and the name of its class', () => {
    const cause = new Error('underneath');
    const error = new CoreError({ code: 'ERR_ID_MALFORMED', message: 'no id', cause, nextStep: 'Look again.' });
    expect(error).toBeInstanceOf(CodedError);
    expect({ ...error, name: error.name, message: error.message, cause: error.cause }).toEqual({
      code: 'ERR_ID_MALFORMED',
      nextStep: 'Look again.',
      name: 'CoreError',
      message: 'no id',
      cause,
    });
  });

  it('has no cause of its own when none was given', () => {
    expect('cause' in new CoreError({ code: 'ERR_ID_MALFORMED', message: 'no id' })).toBe(false);
  });

  it('is told apart from errors of others, also from those that have a code', () => {
    expect(isCodedError(new CoreError({ code: 'ERR_ID_MALFORMED', message: 'no id' }))).toBe(true);
    for (const other of [Object.assign(new Error('x'), { code: 'ENOENT' }), { code: 'ERR_X' }, undefined, 'ERR_X']) {
      expect(isCodedError(other)).toBe(false);
    }
  });
});
