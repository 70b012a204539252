import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Dialog } from '../../ui/overlay.tsx';
import type { AuditView } from './filters.ts';
import { BUILT_IN_VIEWS, forgetView, isSameView, MAX_VIEW_NAME, type SavedView, saveView } from './saved-views.ts';

/** What {@link SaveDialog} keeps. */
export interface SaveDialogProps {
  readonly owner: string;
  readonly view: AuditView;
  readonly saved: readonly SavedView[];
  /** `saved` when it changed. */
  readonly onClose: (saved?: readonly SavedView[]) => void;
}

/** Makes the view a tab of this browser, or forgets the tab that it is. */
export function SaveDialog({ owner, view, saved, onClose }: SaveDialogProps) {
  const same = saved.find((each) => isSameView(each.view, view));
  const [name, setName] = useState(same?.name ?? '');
  const isTaken = BUILT_IN_VIEWS.some((each) => each.name.toLowerCase() === name.trim().toLowerCase());
  const problem = isTaken ? 'There is a view of that name already.' : undefined;
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title="Save this view">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '' && !isTaken) onClose(saveView(owner, { name: name.trim(), view }));
        }}
      >
        <Field
          label="Name"
          problem={problem}
          hint="It becomes a tab, kept in this browser alone. To give it to somebody, send them the address of the page."
        >
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={MAX_VIEW_NAME}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          {same !== undefined && (
            <Button kind="danger" onClick={() => onClose(forgetView(owner, same.name))}>
              Forget this view
            </Button>
          )}
          <Button kind="primary" type="submit" disabledReason={name.trim() === '' ? 'Give it a name.' : undefined}>
            Save view
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
