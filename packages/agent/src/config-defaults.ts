/** What an agent uses where nothing is configured. */
export const AGENT_CONFIG_DEFAULTS = {
  ceiling: ['sallyport:view', 'sallyport:edit', 'sallyport:admin', 'sallyport:inventory'],
  tunnelLink: 'grpc',
  health: '127.0.0.1:8081',
  drainTimeoutMs: 30_000,
} as const;
