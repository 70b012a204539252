import { reach, readAnswer } from './client.ts';

const PATH = '/oauth/device';

/** What the server says of a device that asks to be signed in. */
export interface AskingDevice {
  readonly userCode: string;
  /** Name of the program, as the server knows it. */
  readonly client: string;
  readonly address: string;
  /** What the program says of itself; anybody may say anything. */
  readonly userAgent: string;
  readonly requestedAt: string;
}

/** How typing a code can end without a device to show, or a confirmation without a login. */
export type DeviceProblem = 'noCode' | 'refused' | 'expired' | 'used' | 'unknown' | 'tooMany' | 'failed';

/** What came of a code. */
export interface DeviceAnswer {
  /** What the confirmation must carry. */
  readonly xsrf?: string;
  readonly device?: AskingDevice;
  readonly problem?: DeviceProblem;
}

/** Where a confirmation is sent as a form of the page: it leads on to signing in. */
export const DEVICE_ACTION = PATH;

/**
 * Asks which device a code is of.
 * @throws CoreError `ERR_API_UNREACHABLE`
 */
export async function typeUserCode(userCode: string): Promise<DeviceAnswer> {
  const { xsrf = '' } = await ask();
  return ask({ xsrf, user_code: userCode });
}

/** Refuses the device of a code: its program learns at once. */
export const refuseDevice = (xsrf: string, userCode: string): Promise<DeviceAnswer> =>
  ask({ xsrf, user_code: userCode, abort: 'yes' });

async function ask(fields?: Readonly<Record<string, string>>): Promise<DeviceAnswer> {
  const answer = await reach(undefined, () =>
    fetch(PATH, {
      headers: {
        accept: 'application/json',
        ...(fields !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(fields !== undefined && { method: 'POST', body: new URLSearchParams(fields).toString() }),
      redirect: 'error',
    }),
  );
  const text = await answer.text();
  // Too many tries are told like any other outcome of a code.
  if (answer.status === 429) return { problem: 'tooMany' };
  return readAnswer(answer, text, (body) => body as DeviceAnswer);
}
