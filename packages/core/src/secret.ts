const REDACTED = '[redacted]';
// `util.inspect.custom`, by its registered name, so that this module also loads in a browser.
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A value that prints as `[redacted]` in logs, JSON, templates and errors. Call {@link Secret.reveal} at the one place of use. */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The value itself. Keep the call next to its use, and keep the result out of variables that live long. */
  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}
