/** How much of a cluster's attention one principal may have. An absent number limits nothing. */
export interface AccessLimits {
  /** Requests per second in the long run; more are answered 429 with `Retry-After`. Default: no limit. */
  readonly requestsPerSecond?: number;
  /** Requests that may come at once after a rest. Default: what two seconds allow, at least one. */
  readonly burst?: number;
  /** Streams (watch, exec, attach, port-forward, followed logs) open at one time; more are answered 429. Default: no limit. */
  readonly concurrentStreams?: number;
  /** Bytes per second that answers may carry; more wait. Default: no limit. */
  readonly bytesOutPerSecond?: number;
}
