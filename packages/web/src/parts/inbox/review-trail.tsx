import type { AccessRequestResource } from '@sallyport/core/api';
import { cx } from '../../ui/cx.ts';
import { Gate } from '../../ui/gate.tsx';
import { Time } from '../../ui/time.tsx';

/** The steps of a review in order, each with the reviews that it had. */
export function ReviewTrail({ request }: { readonly request: AccessRequestResource }) {
  const { steps, reviews, step: current } = request;
  if (steps.length === 0) return null;
  return (
    <section>
      <h3 className="pb-2 text-body font-semibold">Who decides</h3>
      <ol className="border-t border-line">
        {steps.map(({ name, reviewers, approvals, given }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step has no other name that is always there, and steps never move.
          <li key={index} className="border-b border-line py-2" aria-current={index === current ? 'step' : undefined}>
            <div className="flex items-baseline gap-4">
              <span className="w-32 shrink-0 font-medium">
                <bdi>{name ?? (steps.length === 1 ? 'Review' : `Step ${index + 1}`)}</bdi>
              </span>
              <span className="min-w-0 flex-1 text-ink-2">
                <bdi>{reviewers.join(', ')}</bdi>
              </span>
              <span className="shrink-0 text-ink-2 tabular-nums">
                {given} of {approvals}
              </span>
            </div>
            <ul className="flex flex-col gap-1 pt-1 empty:hidden md:pl-36">
              {reviews
                .filter((review) => review.step === index)
                .map((review) => (
                  <li key={review.id} className={cx('flex items-baseline gap-2', !review.counts && 'text-ink-3')}>
                    <Gate state={gateOf(review)} />
                    <span>
                      <strong>
                        <bdi>{review.reviewer}</bdi>
                      </strong>{' '}
                      {wordOf(review)} <Time at={review.at} form="distance" />
                      {review.reason !== undefined && (
                        <span className="block text-second text-ink-3">
                          <bdi>{review.reason}</bdi>
                        </span>
                      )}
                    </span>
                  </li>
                ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}

type Review = AccessRequestResource['reviews'][number];

function gateOf({ verdict, counts }: Review) {
  if (verdict === 'deny') return 'barred';
  return counts ? 'open' : 'ended';
}

function wordOf({ verdict, counts }: Review): string {
  if (verdict === 'deny') return 'denied';
  return counts ? 'approved' : 'approved what the request no longer is,';
}
