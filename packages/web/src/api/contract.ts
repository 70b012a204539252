import { operations } from '@sallyport/core/api';
import { describeContract } from './describe-contract.ts';

/** The REST contract without its schemas. A build puts the value in the place of this module (`contract-plugin.ts`). */
export const contract = describeContract(operations);
