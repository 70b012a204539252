import type { AccessRequestResource } from '@sallyport/core/api';
import { Gate } from '../ui/gate.tsx';
import { Time } from './time.tsx';

/** The steps of a review in order, each with the reviews that it had. */
export function ReviewTrail({ request, now }: { readonly request: AccessRequestResource; readonly now: Date }) {
  const { steps, reviews, step: current } = request;
  if (steps.length === 0) return null;
  return (
    <section>
      <h3 className="section-heading">Who decides</h3>
      <ol className="trail">
        {steps.map(({ name, reviewers, approvals, given }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step has no other name that is always there, and steps never move.
          <li key={index} aria-current={index === current ? 'step' : undefined}>
            <div className="trail-step">
              <span className="trail-name">
                <bdi>{name ?? (steps.length === 1 ? 'Review' : `Step ${index + 1}`)}</bdi>
              </span>
              <span className="trail-reviewers">
                <bdi>{reviewers.join(', ')}</bdi>
              </span>
              <span className="trail-count">
                {given} of {approvals}
              </span>
            </div>
            <ul className="reviews">
              {reviews
                .filter((review) => review.step === index)
                .map((review) => (
                  <li key={review.id} className={review.counts ? undefined : 'is-void'}>
                    <Gate state={gateOf(review)} />
                    <span>
                      <strong>
                        <bdi>{review.reviewer}</bdi>
                      </strong>{' '}
                      {wordOf(review)} <Time at={review.at} now={now} form="distance" />
                      {review.reason !== undefined && (
                        <span className="second-line">
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
