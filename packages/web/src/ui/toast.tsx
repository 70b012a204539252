import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { Gate, type GateState } from './gate.tsx';

/** The result of one's own act, with the way back where there is one. */
export interface Toast {
  readonly text: ReactNode;
  readonly gate?: GateState;
  readonly action?: { readonly label: string; readonly onClick: () => void };
}

const SHOWN_MS = 6_000;
const ToastContext = createContext<(toast: Toast) => void>(() => {});

/** Tells the result of the reader's own act. A later one takes the place of an earlier one. */
export const useToast = (): ((toast: Toast) => void) => useContext(ToastContext);

/** Shows toasts at the bottom centre: for six seconds, longer while they are under the pointer or hold the focus. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toast, setToast] = useState<Toast>();
  const [isHeld, setHeld] = useState(false);
  const show = useRef(setToast);
  const tell = useCallback((next: Toast) => show.current(next), []);
  useEffect(() => {
    if (toast === undefined || isHeld) return;
    const timer = setTimeout(() => setToast(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast, isHeld]);
  const hold = useMemo(
    () => ({
      onPointerEnter: () => setHeld(true),
      onPointerLeave: () => setHeld(false),
      onFocus: () => setHeld(true),
      onBlur: () => setHeld(false),
    }),
    [],
  );
  return (
    <ToastContext value={tell}>
      {children}
      <div
        role="status"
        className="pointer-events-none fixed inset-x-0 bottom-6 z-50 flex justify-center px-4 max-md:bottom-20 md:pl-[216px]"
      >
        {toast !== undefined && (
          <div
            {...hold}
            className="pointer-events-auto flex min-h-10 animate-overlay items-center gap-2.5 rounded-menu bg-raised px-3 py-2 shadow-overlay"
          >
            {toast.gate !== undefined && <Gate state={toast.gate} />}
            <span>{toast.text}</span>
            {toast.action !== undefined && (
              <button
                type="button"
                className="ml-3 rounded-label px-1 text-note font-medium text-ink-2 hover:text-ink"
                onClick={() => {
                  setToast(undefined);
                  toast.action?.onClick();
                }}
              >
                {toast.action.label}
              </button>
            )}
          </div>
        )}
      </div>
    </ToastContext>
  );
}
