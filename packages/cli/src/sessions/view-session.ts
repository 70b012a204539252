import type { SessionResource } from '@sallyport/core/api';
import type { CliContext } from '../context.ts';
import { type Session, withSession } from '../session/session.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { type Keys, openKeys } from './keys.ts';
import { openScreen, type Screen } from './screen.ts';
import { READING_MS } from './session-command.ts';

/** What somebody sees a recorded session with. */
export interface Viewer extends Pick<Session, 'readText'> {
  /** Where the session is, for operations on it. */
  readonly at: { readonly organization: string; readonly id: string };
  readonly session: SessionResource;
  readonly screen: Screen;
  /** None where keys are not wanted, or there is no terminal. An interruption counts as `quit`. */
  readonly keys: Keys;
}

/** Options of {@link viewSession}. */
export interface ViewOptions extends ProfileSelection {
  /** Keys are taken from the terminal. Default true. */
  readonly tty?: boolean;
}

/**
 * Has `show` show a recorded session to whoever sits at the terminal, which is as it was found once this settles. What `show`
 * yields is said then.
 * @throws CliError `ERR_CLI_INTERRUPTED` when it was ended by a signal
 */
export async function viewSession(
  context: CliContext,
  options: ViewOptions,
  id: string,
  show: (viewer: Viewer) => Promise<string | undefined>,
): Promise<void> {
  await withSession(
    context,
    options,
    async ({ api, readText, profile: { organization } }) => {
      const at = { organization, id };
      const session = await api.getSession(at);
      const signal = context.interruptSignal();
      const screen = openScreen(context, session.isTty);
      const keys = openKeys(context, signal, options.tty !== false && context.stdout.isTTY === true);
      let said: string | undefined;
      try {
        said = await show({ readText, at, session, screen, keys });
      } finally {
        keys.close();
        await screen.restore();
      }
      if (said !== undefined) context.stderr.write(`${said}\n`);
      signal.throwIfAborted();
    },
    { timeoutMs: READING_MS },
  );
}
