/** What was thrown, in the thrower's words. */
export const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
