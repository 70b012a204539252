import type { AccessRequestResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Button } from '../../ui/button.tsx';
import { usePartsHost } from '../host.ts';
import { type NarrowerOffer, narrowerOffers } from './narrower-offers.ts';
import { grantsQuery } from './queries.ts';

/** What {@link NarrowerOfferChoice} offers. */
export interface NarrowerOfferChoiceProps {
  readonly request: AccessRequestResource;
  readonly onTake: (offer: NarrowerOffer) => void;
}

/** Less that would likely do, as earlier grants tell; nothing where none does. */
export function NarrowerOfferChoice({ request, onTake }: NarrowerOfferChoiceProps) {
  const { api, organization } = usePartsHost();
  const theirs = useQuery(grantsQuery(api, organization, { user: request.requester }));
  const ofRole = useQuery(grantsQuery(api, organization, { role: request.role }));
  if (theirs.data === undefined || ofRole.data === undefined) return null;
  const offers = narrowerOffers(request, { theirs: theirs.data.items, ofRole: ofRole.data.items });
  if (offers.length === 0) return null;
  return (
    <section aria-labelledby="narrower" className="flex flex-col gap-1.5">
      <h3 id="narrower" className="text-body font-semibold">
        A narrower way
      </h3>
      <ul className="flex flex-col gap-1.5">
        {offers.map((offer) => (
          <li key={offer.label} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Button size="small" onClick={() => onTake(offer)}>
              Offer <bdi>{offer.label}</bdi>
            </Button>
            <span className="text-note text-ink-2">
              <bdi>{offer.why}</bdi>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
