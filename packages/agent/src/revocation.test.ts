import { expect, it } from 'vitest';
import { AgentError } from './errors.ts';
import { isRevocation } from './revocation.ts';

const withDetails = (details: string) => Object.assign(new Error('14 UNAVAILABLE'), { details });

for (const [name, error, want] of [
  ['our own code', new AgentError({ code: 'ERR_AGENT_REVOKED', message: 'x' }), true],
  ['the gateway’s refusal as a gRPC status', withDetails('ERR_GATEWAY_IDENTITY_REFUSED: revoked'), true],
  ['the refusal as a cause', new Error('dial', { cause: withDetails('ERR_GATEWAY_IDENTITY_REFUSED: x') }), true],
  ['a status that only mentions the code', withDetails('proxy says ERR_GATEWAY_IDENTITY_REFUSED'), false],
  ['another status', withDetails('No connection established'), false],
  ['another error of ours', new AgentError({ code: 'ERR_AGENT_SERVER_UNREACHABLE', message: 'x' }), false],
  ['no error', undefined, false],
  ['text', 'ERR_AGENT_REVOKED', false],
] as const) {
  it(`SEC-D21 ${name} is ${want ? 'a revocation' : 'no revocation'}`, () => {
    expect(isRevocation(error)).toBe(want);
  });
}
