/**
 * Foreign text on somebody's terminal: what is safe of it. For programs and for browsers.
 *
 * Start with {@link createOutputNeutraliser} for output that is replayed or followed, and with {@link neutralise} for names and
 * messages in lines and tables. {@link createPrintedText} reads the words out of such output, {@link parseCastEvent} the lines of a recording. None of it lays out a
 * screen.
 *
 * @packageDocumentation
 */
export { isActive, neutralise, replaceActive } from './active-characters.ts';
export { type CastEvent, castDamageOf, formatCastDamage, parseCastEvent } from './asciicast.ts';
export {
  createOutputNeutraliser,
  type OutputNeutraliser,
  type OutputNeutraliserOptions,
} from './neutralise-output.ts';
export { createPrintedText, type PrintedText } from './printed-text.ts';
