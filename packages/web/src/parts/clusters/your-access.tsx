import type { KindResource } from '@sallyport/core/api';
import { paths } from '../../app/paths.ts';
import { cx } from '../../ui/cx.ts';
import { Link } from '../../ui/link.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { isClosing } from '../../ui/window-state.ts';
import { usePartsHost } from '../host.ts';
import { grantOn } from './health.ts';

/** The reader's roles on a cluster, with the end of what ends; the way to ask where there are none. */
export function YourAccess({ cluster, now }: { readonly cluster: KindResource<'Cluster'>; readonly now: Date }) {
  const { me } = usePartsHost();
  const { metadata, spec, status } = cluster;
  const grant = grantOn(me?.grants ?? [], { name: metadata.name, project: spec.project }, now);
  const roles = [...new Set([...status.roles, ...(grant === undefined ? [] : [grant.role])])];
  if (roles.length === 0) {
    return (
      <Link href={paths.newRequest({ cluster: metadata.name })} className="rounded-label text-ink-3 hover:text-accent">
        Request access
      </Link>
    );
  }
  return (
    <span className="truncate">
      <bdi>{roles.join(', ')}</bdi>
      {grant !== undefined && (
        <span
          className={cx('tabular-nums', isClosing(grant.startsAt, grant.endsAt, now) ? 'text-warn' : 'text-accent')}
        >
          {' '}
          until {clockTime(grant.endsAt, now)}
        </span>
      )}
    </span>
  );
}
