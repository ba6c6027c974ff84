// Every string that the desk shows, English first. Sentence case, no exclamation marks, no "tweet" but in
// the two metric names that the organisation knows. One section per region; web pages and panel have theirs.
export const words = {
  app: { name: 'earshot', title: (active: number) => (active ? `(${active}) earshot` : 'earshot') },
  error: {
    offline: 'The server cannot be reached. Your text is kept; try again in a moment.',
    server: (status: number) => `The server could not do that (${status}). Nothing was changed; try again.`,
    unknown: 'That did not work, and the server did not say why. Try again.',
    retry: 'Retry',
    gone: 'This is not there: it was removed, or you may not see it.',
  },
} as const;
