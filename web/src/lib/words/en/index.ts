// The English catalogue, one file per region of the desk.
import { caseForm, theCase, casePage } from './cases';
import { channels } from './channels';
import { common } from './common';
import { composer, ladder } from './composer';
import { sheet, pickers, empty } from './help';
import { list, bulk, work, acts, why } from './list';
import { customerPage, signIn, welcome } from './pages';
import { refused, sections, person, attach, customer, notes, interactions } from './panel';
import { settings } from './settings';
import { app, error, status, region, tiles, search, live, menu, views, palette, act, notify } from './shell';
import { thread } from './thread';

export const en = {
  app,
  error,
  status,
  region,
  tiles,
  search,
  live,
  menu,
  views,
  palette,
  act,
  notify,
  list,
  bulk,
  work,
  acts,
  why,
  thread,
  composer,
  ladder,
  refused,
  sections,
  person,
  attach,
  customer,
  notes,
  interactions,
  caseForm,
  case: theCase,
  casePage,
  customerPage,
  signIn,
  welcome,
  channels,
  settings,
  sheet,
  pickers,
  empty,
  // Last: a region that takes a name of these is told so.
  ...common,
};
