import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent } from '@sallyport/audit';
import { silentLogger } from '@sallyport/core';
import type { FakeClock } from '@sallyport/core/testing';
import express from 'express';
import { problemHandler } from '../../api/problem.ts';
import type { ApiError } from '../../errors.ts';
import { LOOPBACK_NETWORKS } from '../../network/outbound-guard.ts';
import { createSnapshotSource } from '../../snapshot-source.ts';
import type { NotificationChannelRecord, PrincipalRecord, Writable } from '../../stores/records.ts';
import { testDatabases } from '../../stores/testing.ts';
import { type AccessWorld, putAccessWorld } from '../../testing/access-records.ts';
import { CALLBACK_PREFIX } from '../callback-url.ts';
import { createCallbackRoutes } from '../callbacks/callback-routes.ts';
import type { AnsweredReview } from '../callbacks/review-by-answer.ts';
import { createOutbound, type Outbound } from '../outbound.ts';
import type { SignedCallback } from './slack-double.ts';

/** A server that takes answers to notifications, on loopback, and what became of them. */
export interface AnswersWorld {
  readonly world: AccessWorld;
  readonly outbound: Outbound;
  readonly events: AuditEvent[];
  readonly reviews: AnsweredReview[];
  /** What is done after an answer was taken. */
  readonly work: Promise<void>[];
  /** Why a review does not count; absent: it does. */
  refusal: ApiError | undefined;
  /** Sends an answer of a channel. */
  send(
    kind: string,
    channelId: string,
    callback: SignedCallback,
  ): Promise<{ readonly status: number; readonly text: string }>;
  /** Writes a channel anew. */
  putChannel(channel: Writable<NotificationChannelRecord>): Promise<void>;
  /** Forgets what has happened. */
  forget(): void;
  close(): Promise<void>;
}

/** Who reviews in this world. */
export const REVIEWER = { userName: 'vera@example.com', displayName: 'Vera', email: 'Vera@Example.com' } as const;

/** Starts it with channels and with people beside the reviewer. */
export async function startAnswersWorld(
  clock: FakeClock,
  populate: (
    world: AccessWorld,
    reviewer: Writable<PrincipalRecord>,
  ) => {
    readonly channels: readonly Writable<NotificationChannelRecord>[];
    readonly people?: readonly Writable<PrincipalRecord>[];
  },
): Promise<AnswersWorld> {
  const [embedded] = testDatabases(undefined);
  if (embedded === undefined) throw new Error('there is always the embedded database');
  const test = await embedded.open({ clock });
  const world = await putAccessWorld(test.store);
  const reviewer: Writable<PrincipalRecord> = {
    id: world.reviewerId,
    organizationId: world.organizationId,
    kind: 'user',
    issuer: 'https://idp.example.com',
    subjectClaim: world.reviewerId,
    ...REVIEWER,
    groups: [],
    isDisabled: false,
    spec: {},
  };
  const { channels, people = [] } = populate(world, reviewer);
  await test.store.transact(async (tx) => {
    for (const person of [reviewer, ...people]) await tx.put('Principal', person);
    for (const channel of channels) await tx.put('NotificationChannel', channel);
  });
  const snapshots = await createSnapshotSource({ store: test.store, clock, logger: silentLogger });
  const outbound = createOutbound({ allowedAddresses: LOOPBACK_NETWORKS, now: clock.now });
  const app = express();
  app.use(
    CALLBACK_PREFIX,
    createCallbackRoutes({
      store: test.store,
      snapshots: { current: () => snapshots.current(), isFresh: () => true },
      audit: { record: async (event: AuditEvent) => void answers.events.push(event) } as never,
      outbound,
      review: async (review) => {
        if (answers.refusal !== undefined) throw answers.refusal;
        answers.reviews.push(review);
        return { state: 'approved' };
      },
      clock,
      logger: silentLogger,
      onWork: (one) => void answers.work.push(one),
    }),
  );
  app.use(problemHandler({ logger: silentLogger }));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const answers: AnswersWorld = {
    ...{ world, outbound, events: [], reviews: [], work: [], refusal: undefined },
    async send(kind, channelId, { body, headers }) {
      const answer = await fetch(`${origin}${CALLBACK_PREFIX}/${channelId}/${kind}`, { method: 'POST', headers, body });
      return { status: answer.status, text: await answer.text() };
    },
    async putChannel(channel) {
      await test.store.transact((tx) => tx.put('NotificationChannel', channel));
      await snapshots.refresh();
    },
    forget() {
      answers.refusal = undefined;
      answers.events.splice(0);
      answers.reviews.splice(0);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await outbound.close();
      await snapshots.close();
      await test.drop();
    },
  };
  return answers;
}
