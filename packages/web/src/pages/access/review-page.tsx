import type { AccessReviewItemResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { LIVE } from '../../api/live.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressParts } from '../../app/use-address-parts.ts';
import { AccessPhrase } from '../../parts/access-sentence.tsx';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Gate, type GateState } from '../../ui/gate.tsx';
import { Confirm, Dialog } from '../../ui/overlay.tsx';
import { Time } from '../../ui/time.tsx';

type Item = AccessReviewItemResource;

const GATES: Record<Item['state'], GateState> = {
  pending: 'waiting',
  attested: 'open',
  removed: 'barred',
  skipped: 'ended',
};
const WORDS: Record<Item['state'], string> = {
  pending: 'Not answered',
  attested: 'Kept',
  removed: 'Removed',
  skipped: 'Skipped',
};

/** One access review: what it asks about, each with an answer. */
export function ReviewPage() {
  const { api, organization } = useSignedIn();
  const { id = '' } = useAddressParts();
  const review = useQuery({
    queryKey: ['access-reviews', organization, id],
    queryFn: ({ signal }) => api.getAccessReview({ organization, id }, { signal }),
    ...LIVE,
  });
  const items = useQuery({
    queryKey: ['access-reviews', organization, id, 'items'],
    queryFn: ({ signal }) => api.listAccessReviewItems({ organization, id, limit: 500 }, { signal }),
  });
  const [removing, setRemoving] = useState<Item>();
  const [isClosing, setClosing] = useState(false);
  const changes = [['access-reviews', organization]];
  const keep = useAct({
    work: (item: Item) => api.decideAccessReviewItem({ organization, id, item: item.id, body: { verdict: 'attest' } }),
    changes,
  });
  const close = useAct({
    work: () => api.closeAccessReview({ organization, id }),
    changes,
    told: () => ({ gate: 'ended', text: 'The review is closed' }),
    after: () => setClosing(false),
  });
  const remind = useAct({
    work: () => api.remindAccessReview({ organization, id }),
    changes: [],
    told: () => ({ text: 'The reviewers were reminded' }),
  });
  const may = review.data?.may;
  return (
    <Page
      title={review.data?.name ?? 'Access review'}
      crumbs={[{ label: 'Access reviews', href: paths.reviews() }]}
      actions={
        <>
          {may?.remind === true && (
            <Button busy={remind.isPending && 'Reminding'} onClick={() => remind.mutate()}>
              Remind reviewers
            </Button>
          )}
          {may?.close === true && <Button onClick={() => setClosing(true)}>Close the review</Button>}
        </>
      }
    >
      <Answered query={review} label="Reading the access review">
        {(shown) => (
          <p className="px-6 pt-4 pb-2 text-ink-2 max-md:px-4">
            {shown.description !== undefined && <bdi>{shown.description}. </bdi>}
            {shown.state === 'open' ? 'Closes' : 'Closed'} <Time at={shown.closedAt ?? shown.dueAt} />.{' '}
            {shown.items.pending} not answered, {shown.items.attested} kept, {shown.items.removed} removed. What nobody
            answers is {shown.onUnanswered === 'keep' ? 'kept' : 'removed'}.
          </p>
        )}
      </Answered>
      {keep.error !== null && <ProblemNotice error={keep.error} className="mx-6 my-2 max-md:mx-4" />}
      <Answered query={items} label="Reading what it asks about">
        {(list) => (
          <ul aria-label="What it asks about" className="border-t border-line">
            {list.items.map((item) => (
              <li
                key={item.id}
                className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-6 py-2 max-md:px-4"
              >
                <span className="flex min-w-[220px] flex-1 items-baseline gap-2.5">
                  <Gate state={GATES[item.state]} />
                  <span className="min-w-0">
                    <bdi className="font-medium">{item.subject.name}</bdi> <span className="text-ink-3">has</span>{' '}
                    <AccessPhrase role={item.role} scope={item.scope} />
                  </span>
                </span>
                <span className="w-[180px] text-second text-ink-3">
                  {item.kind === 'binding' ? `Binding ${item.binding ?? ''}` : 'Grant'}
                </span>
                <span className="w-[200px] text-second text-ink-2">
                  {WORDS[item.state]}
                  {item.answeredBy !== undefined && (
                    <>
                      {' by '}
                      <bdi>{item.answeredBy}</bdi>
                    </>
                  )}
                </span>
                {item.may.answer && (
                  <span className="flex gap-2">
                    <Button
                      size="small"
                      busy={keep.isPending && keep.variables.id === item.id && 'Keeping'}
                      onClick={() => keep.mutate(item)}
                    >
                      Keep
                    </Button>
                    <Button size="small" kind="danger" onClick={() => setRemoving(item)}>
                      Remove
                    </Button>
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Answered>
      <div className="max-w-[720px] px-6 py-6 max-md:px-4">
        <SameAs command={`sallyport reviews show ${review.data?.name ?? id}`} />
      </div>
      {removing !== undefined && <RemoveDialog reviewId={id} item={removing} onClose={() => setRemoving(undefined)} />}
      <Confirm
        open={isClosing}
        onOpenChange={setClosing}
        title="Close this access review?"
        verb="Close the review"
        keep="Keep it open"
        busy={close.isPending && 'Closing'}
        onConfirm={() => close.mutate()}
      >
        What nobody answered is {review.data?.onUnanswered === 'remove' ? 'removed' : 'kept'}. A closed review stays
        closed.
      </Confirm>
    </Page>
  );
}

/** Takes access away; that needs words. */
function RemoveDialog({
  reviewId,
  item,
  onClose,
}: {
  readonly reviewId: string;
  readonly item: Item;
  readonly onClose: () => void;
}) {
  const { api, organization } = useSignedIn();
  const [reason, setReason] = useState('');
  const [isChecked, setChecked] = useState(false);
  const act = useAct({
    work: () =>
      api.decideAccessReviewItem({
        organization,
        id: reviewId,
        item: item.id,
        body: { verdict: 'remove', reason: reason.trim() },
      }),
    changes: [['access-reviews', organization]],
    told: () => ({ gate: 'barred', text: `${item.role} of ${item.subject.name} is removed` }),
    after: onClose,
  });
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={`Remove ${item.role} of ${item.subject.name}?`}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (reason.trim() !== '' && !act.isPending) act.mutate();
        }}
      >
        <p className="text-note text-ink-2">What is open on it ends at once.</p>
        <Field label="Why?" problem={isChecked && reason.trim() === '' ? 'Say why; a removal needs words.' : undefined}>
          {(control) => (
            <Input {...control} value={reason} maxLength={1_024} onChange={({ target }) => setReason(target.value)} />
          )}
        </Field>
        {act.error !== null && <ProblemNotice error={act.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep it</Button>
          <Button kind="destroy" type="submit" busy={act.isPending && 'Removing'}>
            Remove access
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
