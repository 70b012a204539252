/** How a link ends: the first reason counts, and whoever listens is told once. */
export interface LinkEnd {
  /** Whether it is over, or will be in a moment: nothing more is sent or taken. */
  readonly isClosing: boolean;
  /** Notes why the link closes, before it has. A second reason is ignored. */
  closeFor(error: Error | undefined): void;
  /** The link is over: for the reason that was noted, else for this one. Idempotent. */
  finish(error?: Error): void;
  /** Told at the end, at once when it was before. */
  onClose(listener: (error?: Error) => void): void;
}

/** Makes the end of a link. `onEnd` is called once, before the listener. */
export function createLinkEnd(onEnd: (error: Error | undefined) => void): LinkEnd {
  let closing: { readonly error: Error | undefined } | undefined;
  let ended: { readonly error: Error | undefined } | undefined;
  let tell: ((error?: Error) => void) | undefined;
  return {
    get isClosing() {
      return closing !== undefined;
    },
    closeFor(error) {
      closing ??= { error };
    },
    finish(error) {
      if (ended !== undefined) return;
      closing ??= { error };
      ended = closing;
      onEnd(ended.error);
      tell?.(ended.error);
    },
    onClose(listener) {
      tell = listener;
      if (ended !== undefined) listener(ended.error);
    },
  };
}
