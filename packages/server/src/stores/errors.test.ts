import { describe, expect, it } from 'vitest';
import { StoreError, toStoreError } from './errors.ts';

const thrown = (message: string, fields: object = {}) => Object.assign(new Error(message), fields);

describe('toStoreError', () => {
  for (const [what, error, want] of [
    ['a taken name', thrown('x', { code: '23505', constraint: 'cluster_name' }), 'ERR_STORE_NAME_TAKEN'],
    ['a key that is there', thrown('x', { code: '23505', constraint: 'clusters_pkey' }), 'ERR_STORE_CONFLICT'],
    ['a reference to nothing', thrown('x', { code: '23503', constraint: 'fk' }), 'ERR_STORE_REFERENCE'],
    ['a refused connection', thrown('connect', { code: 'ECONNREFUSED' }), 'ERR_STORE_UNREACHABLE'],
    ['a wrong password', thrown('x', { code: '28P01' }), 'ERR_STORE_UNREACHABLE'],
    ['a server that shuts down', thrown('x', { code: '57P01' }), 'ERR_STORE_UNREACHABLE'],
    ['a statement without an answer', thrown('Query read timeout'), 'ERR_STORE_UNREACHABLE'],
    ['a connection that stayed idle in a transaction', thrown('x', { code: '25P03' }), 'ERR_STORE_UNREACHABLE'],
    ['a deadlock', thrown('x', { code: '40P01' }), 'ERR_STORE_BUSY'],
    ['a statement that took too long', thrown('x', { code: '57014' }), 'ERR_STORE_BUSY'],
    ['a lost connection', thrown('Connection terminated unexpectedly'), 'ERR_STORE_UNREACHABLE'],
    ['a standby', thrown('x', { code: '25006' }), 'ERR_STORE_STANDBY'],
    ['any other fault of the database', thrown('x', { code: '42P01' }), 'ERR_STORE_FAILED'],
  ] as const) {
    it(`gives ${what} the code ${want} and keeps the database's words in the cause`, () => {
      expect(toStoreError(error)).toMatchObject({ code: want, cause: error });
    });
  }

  it('lets through what did not come from the database', () => {
    const ours = new StoreError({ code: 'ERR_STORE_NESTED', message: 'nested' });
    for (const error of [
      ours,
      new TypeError('a fault'),
      thrown('x', { code: 'ERR_INVALID_ARG_TYPE' }),
      'text',
      undefined,
    ]) {
      expect(toStoreError(error)).toBe(error);
    }
  });

  it('never repeats the words of the database in its own message: they may quote values', () => {
    const error = toStoreError(thrown('Key (token)=(canary) already exists', { code: '23505', detail: 'canary' }));
    expect((error as Error).message).toBe('already taken');
  });
});
