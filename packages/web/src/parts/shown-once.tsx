import { Notice } from '../ui/notice.tsx';
import { CommandLine } from './command-line.tsx';

/** A secret that the server answers this once, with how to copy it. It is kept nowhere in the page but here. */
export function ShownOnce({ title, value }: { readonly title: string; readonly value: string }) {
  return (
    <Notice kind="warn" role="status" title={title}>
      <span className="mt-1 block">It is shown this once. Whoever has it can use it.</span>
      <span className="mt-2 block">
        <CommandLine command={value} />
      </span>
    </Notice>
  );
}
