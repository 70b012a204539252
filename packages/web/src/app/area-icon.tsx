import {
  Boxes,
  CirclePlay,
  Fingerprint,
  Inbox,
  KeyRound,
  Link as LinkIcon,
  type LucideIcon,
  Scale,
  ScrollText,
  Settings2,
  Shield,
  SquareTerminal,
  Users,
} from 'lucide-react';
import type { AreaId } from './capabilities.ts';

const ICONS: Record<AreaId, LucideIcon> = {
  access: KeyRound,
  requests: Inbox,
  clusters: Boxes,
  terminal: SquareTerminal,
  recordings: CirclePlay,
  audit: ScrollText,
  people: Users,
  roles: Shield,
  bindings: LinkIcon,
  policies: Scale,
  signIn: Fingerprint,
  settings: Settings2,
};

/** The sign of an area; its name stands beside it. */
export function AreaIcon({ area, size = 16 }: { readonly area: AreaId; readonly size?: number }) {
  const Icon = ICONS[area];
  return <Icon size={size} strokeWidth={1.6} aria-hidden="true" className="shrink-0" />;
}
