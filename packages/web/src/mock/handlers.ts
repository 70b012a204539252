import type { OperationInput, OperationName, OperationOutput, Problem } from '@sallyport/core/api';
import type { MockWorld } from './world.ts';

/**
 * Operations that the mock API does not answer: they are of the command line, of agents, or of pages that no component test opens. An
 * operation that is neither here nor among the handlers is a type error, and so is a handler that answers in another shape.
 */
export const NOT_MOCKED = [
  'createOrganization',
  'updateOrganization',
  'deleteOrganization',
  'createUser',
  'createServiceAccount',
  'createWorkloadIdentity',
  'updateWorkloadIdentity',
  'deleteWorkloadIdentity',
  'createIdentityProvider',
  'updateIdentityProvider',
  'deleteIdentityProvider',
  'createAccessPolicy',
  'updateAccessPolicy',
  'deleteAccessPolicy',
  'createRequestPolicy',
  'updateRequestPolicy',
  'deleteRequestPolicy',
  'createNotificationChannel',
  'updateNotificationChannel',
  'deleteNotificationChannel',
  'createAuditSink',
  'updateAuditSink',
  'deleteAuditSink',
  'exchangeWorkloadToken',
  'getAuditCheckpoint',
  'listAuditCheckpoints',
  'getAuditTile',
  'proveAuditConsistency',
  'exportAuditBundle',
  'getAuditDelivery',
  'getAuditDeliveryMetrics',
  'getOpenApi',
  'logOut',
  'applyResources',
  'listLoginSessions',
  'endLoginSession',
  'listCredentials',
  'revokeCredential',
  'mintKubeCredential',
  'mintStaticToken',
  'issueClientCertificate',
] as const satisfies readonly OperationName[];

/** An operation that the mock API answers. */
export type MockedOperation = Exclude<OperationName, (typeof NOT_MOCKED)[number]>;

/** What a handler is given: what the operation takes, and the world that it is about. */
export interface MockCall<Name extends OperationName> {
  readonly input: OperationInput<Name>;
  readonly world: MockWorld;
  readonly signal: AbortSignal;
}

/** Answers one operation, in the shape of the contract. Texts may come piece by piece. */
export type MockHandler<Name extends OperationName> = (
  call: MockCall<Name>,
) =>
  | OperationOutput<Name>
  | Promise<OperationOutput<Name>>
  | (string extends OperationOutput<Name> ? AsyncIterable<string> : never);

/** A handler for each of some operations. */
export type MockHandlers<Name extends OperationName> = { readonly [Each in Name]: MockHandler<Each> };

/** A refusal, as the server would answer it. */
export class MockProblem extends Error {
  readonly problem: Problem;

  constructor(status: number, code: string, detail: string, nextStep?: string) {
    super(detail);
    this.problem = {
      type: `https://docs.example.com/errors#${code}`,
      title: detail,
      status,
      code,
      detail,
      ...(nextStep !== undefined && { nextStep }),
    };
  }
}

/** The refusal of what is not there, or is not the caller's. */
export const notFound = (what: string): MockProblem =>
  new MockProblem(404, 'ERR_API_NOT_FOUND', `there is no such ${what} for you`);
