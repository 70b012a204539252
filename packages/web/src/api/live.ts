/**
 * Options of a query whose answer others change: asked again every fifteen seconds while the page is looked at, and when somebody
 * comes back to it. What is known stays in view meanwhile.
 */
export const LIVE = { refetchInterval: 15_000, refetchOnWindowFocus: true, staleTime: 5_000 } as const;
