/**
 * For whoever writes a link, or speaks the protocol in another way: conformance suites as data, free of any test runner,
 * and a peer that speaks frames by hand. `testdata/frames.json` of the package holds vectors for any language.
 *
 * @packageDocumentation
 */
export type { ConformanceCase } from './conformance.ts';
export type { LinkPair, LinkSetup } from './link-conformance.ts';
export { linkConformance } from './link-conformance.ts';
export type { RawPeer } from './raw-peer.ts';
export { createRawPeer, frame, helloFrame } from './raw-peer.ts';
export { tunnelConformance } from './tunnel-conformance.ts';
