import { ApiError } from '../errors.ts';
import { TERMINAL_LIMITS } from './limits.ts';
import type { Terminals } from './terminals.ts';

const WHY = 'there are no terminals on this server';

/** Stands in where the REST API is embedded without terminals. */
export const NO_TERMINALS: Pick<Terminals, 'create' | 'list' | 'end'> = {
  async create() {
    throw new ApiError({
      code: 'ERR_API_CONFLICT',
      message: WHY,
      nextStep: 'Use kubectl on your machine: `sallyport kube login`.',
    });
  },
  async list() {
    const { maxOpen, idleMs, lifetimeMs } = TERMINAL_LIMITS;
    return { items: [], ended: [], limits: { maxOpen, idleMs, lifetimeMs }, unavailable: WHY };
  },
  async end() {
    return false;
  },
};
