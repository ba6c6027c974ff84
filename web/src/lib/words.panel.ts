// Strings of the right panel and of the pages that are not the desk's three columns.
export const panelWords = {
  signIn: { title: 'Sign in', email: 'E-mail', password: 'Password', act: 'Sign in' },
} as const;
