// Pages that stand alone.

export const customerPage = {
  gone: 'There is no such customer, or you may not see it.',
  profile: 'Profile',
  cases: 'Cases',
  interactions: 'Interactions',
  handles: 'Social accounts',
  noHandles: 'No social account is attached',
  edit: 'Edit',
} as const;

export const signIn = {
  title: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  act: 'Sign in',
  busy: 'Signing in',
  again: 'You were signed out',
  kept: 'The page and your drafts are kept. Sign in to go on.',
  other: 'Sign in as somebody else',
} as const;

export const welcome = {
  title: 'Welcome',
  hint: 'Choose how colleagues see your name, and a password.',
  name: 'Your name',
  password: 'Password',
  repeat: 'Password again',
  differ: 'The two are not the same',
  short: 'At least 10 characters',
  act: 'Begin',
  noToken: 'This link is not whole. Ask your admin for a new one.',
} as const;
