import type { AnchorHTMLAttributes, MouseEvent, Ref } from 'react';
import { useNavigation } from './navigation.ts';

/** Attributes of {@link Link}; `href` comes from `app/paths.ts`. */
export interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly href: string;
  readonly replace?: boolean;
  readonly ref?: Ref<HTMLAnchorElement>;
}

/** A link to another page of the site: without loading the document anew, where the reader is in the site itself. */
export function Link({ href, replace = false, onClick, target, ...rest }: LinkProps) {
  const { resolve, go } = useNavigation();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (go === undefined || event.defaultPrevented || !isPlain || (target !== undefined && target !== '_self')) return;
    event.preventDefault();
    go(href, { replace });
  };
  return <a {...rest} href={resolve(href)} target={target} onClick={follow} />;
}
