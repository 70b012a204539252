import { randomUUID } from 'node:crypto';
import { Args, Flags } from '@oclif/core';
import { durationFlag } from '../../access/duration-flag.ts';
import { placeFlags, placeOf } from '../../access/place-flags.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { accessReviewView } from '../../output/access-review-view.ts';
import { parseReviewer } from '../../reviews/reviewer.ts';

const repeatable = { multiple: true, multipleNonGreedy: true } as const;

/** `sallyport reviews create` */
export default class ReviewsCreate extends BaseCommand {
  static override summary = 'Start an access review: ask about every binding and grant within a scope.';
  static override args = { name: Args.string({ required: true, description: 'name of the review, e.g. 2026-q4' }) };
  static override flags = {
    organization: Flags.boolean({
      summary: 'all of the organization',
      exclusive: ['cluster', 'project', 'cluster-selector', 'namespace', 'namespace-selector'],
    }),
    cluster: placeFlags.cluster,
    project: placeFlags.project,
    'cluster-selector': placeFlags['cluster-selector'],
    namespace: placeFlags.namespace,
    'namespace-selector': placeFlags['namespace-selector'],
    about: Flags.option({
      summary: 'what is asked about',
      options: ['bindings', 'grants', 'both'] as const,
      default: 'both' as const,
    })(),
    role: Flags.string({ char: 'r', summary: 'only this role; may be repeated', helpValue: 'NAME', ...repeatable }),
    reviewer: Flags.string({
      summary: 'who answers: a user name, group:NAME[@PROVIDER]; whoever may remove it by default; may be repeated',
      helpValue: 'WHO',
      ...repeatable,
    }),
    duration: durationFlag({ char: 'd', required: true, summary: 'how long it is open, e.g. 14d' }),
    'remind-every': durationFlag({ summary: 'how often reviewers are reminded, e.g. 3d; never by default' }),
    unanswered: Flags.option({
      summary: 'what becomes of what nobody answers',
      options: ['keep', 'remove'] as const,
      default: 'keep' as const,
    })(),
    description: Flags.string({ summary: 'what it is for', helpValue: 'TEXT' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport reviews create 2026-q4 --organization --duration 14d --remind-every 3d',
    'sallyport reviews create payments --project payments --reviewer group:auditors --duration 7d --unanswered remove',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewsCreate);
    const { withSession } = await import('../../session/session.ts');
    const remindEvery = flags['remind-every'];
    const body = {
      name: args.name,
      scope: flags.organization ? ({ kind: 'organization' } as const) : placeOf(flags).scope,
      about: flags.about,
      duration: flags.duration,
      onUnanswered: flags.unanswered,
      ...(flags.role !== undefined && { roles: flags.role }),
      ...(flags.reviewer !== undefined && { reviewers: flags.reviewer.map(parseReviewer) }),
      ...(remindEvery !== undefined && { remindEvery }),
      ...(flags.description !== undefined && { description: flags.description }),
    };
    const review = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.createAccessReview({ organization, body }, { idempotencyKey: randomUUID() }),
    );
    this.note(`Started: ${review.items.pending} to answer. See them:  sallyport reviews show ${review.name} --items`);
    if (flags.output === 'table') this.data(`accessreview/${review.name} ${review.state}\n`);
    else await this.printOne(flags, review, accessReviewView(this.context.clock.now()));
  }
}
