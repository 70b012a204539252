import { useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code.tsx';
import { Dialog } from '../../ui/overlay.tsx';

/** How many recovery codes are left; new ones are shown once and never kept by the page. */
export function RecoveryCodes({ left }: { readonly left: number }) {
  const { api } = useSignedIn();
  const [codes, setCodes] = useState<readonly string[]>();
  const act = useAct({
    work: () => api.replaceMyRecoveryCodes({}),
    changes: [['account', 'factors']],
    after: ({ recoveryCodes }) => setCodes(recoveryCodes),
  });
  return (
    <li className="flex min-h-11 flex-wrap items-center gap-2 border-b border-line px-6 py-2 max-md:px-4">
      <span className="flex-1 font-medium">Recovery codes</span>
      <span className="text-second text-ink-2">{left} left</span>
      <Button size="small" busy={act.isPending && 'Making'} onClick={() => act.mutate()}>
        Make new ones
      </Button>
      {act.error !== null && <ProblemNotice error={act.error} className="basis-full" />}
      {codes !== undefined && (
        <Dialog open onOpenChange={() => setCodes(undefined)} title="Recovery codes">
          <p className="text-note text-ink-2">
            Each stands in once for a code of your app. They are shown only now; earlier ones are void.
          </p>
          <CodeBlock label="recovery codes" text={codes.join('\n')} />
        </Dialog>
      )}
    </li>
  );
}
