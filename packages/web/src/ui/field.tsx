import { type InputHTMLAttributes, type ReactNode, type Ref, type TextareaHTMLAttributes, useId } from 'react';
import { cx } from './cx.ts';

/** Attributes that tie a control to its label, hint and problem. */
export interface FieldControl {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

/** What {@link Field} shows around its control. */
export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly className?: string;
  readonly children: (control: FieldControl) => ReactNode;
}

/** A labelled control; a problem stands under it and is read out with it. */
export function Field({ label, hint, problem, className, children }: FieldProps) {
  const id = useId();
  const notes = [hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-problem`].join(' ').trim();
  return (
    <div className={cx('flex flex-col gap-1', className)}>
      <label className="text-second font-medium text-ink-2" htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': notes === '' ? undefined : notes,
        'aria-invalid': problem === undefined ? undefined : true,
      })}
      {problem !== undefined && (
        <p className="text-second text-danger" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {hint !== undefined && hint !== false && (
        <p className="text-second text-ink-3" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** The classes of a field that text is typed into. */
export const inputClass =
  'w-full min-w-0 rounded-control border border-line-3 bg-raised px-2 text-body text-ink outline-offset-0 focus-visible:outline-2 read-only:bg-well read-only:text-ink-2 aria-invalid:border-danger-mark disabled:border-line disabled:text-ink-4 touch:min-h-11 touch:text-[16px]';

/** One line of text. Names, commands and other words of machines: `mono`. */
export function Input({
  mono,
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { readonly mono?: boolean; readonly ref?: Ref<HTMLInputElement> }) {
  return (
    <input
      autoComplete="off"
      spellCheck={mono === true ? false : undefined}
      {...rest}
      className={cx(inputClass, 'h-7', mono === true && 'font-mono text-mono', className)}
    />
  );
}

/** Several lines of text. */
export function TextArea({
  className,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { readonly ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea {...rest} className={cx(inputClass, 'py-1.5', className)} />;
}
