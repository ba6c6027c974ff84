// What many parts of the desk say.
import { n } from './count';

export const common = {
  number: n,
  none: '–',
  ago: (time: string) => `${time} ago`,
  cancel: 'Cancel',
  save: 'Save',
  retry: 'Retry',
  change: 'Change',
  remove: 'Delete',
  add: 'Add',
  more: 'More',
  busy: 'Working',
  loading: 'Loading',
  yes: 'Yes',
  no: 'No',
} as const;
