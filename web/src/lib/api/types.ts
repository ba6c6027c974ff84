// Names for the generated types. Nothing is described by hand here.
import type { components, paths } from './schema';

type S = components['schemas'];
type Json<T> = T extends { content: { 'application/json': infer J } } ? J : never;
type Get<P extends keyof paths> = paths[P] extends { get: { responses: { 200: infer R } } } ? Json<R> : never;

export type Session = Get<'/api/v1/session'>;
export type User = Session['user'];
export type Tiles = S['Tiles'];
export type ThreadRow = S['ThreadRow'];
export type ThreadHead = S['ThreadHead'];
export type Item = S['Item'];
export type Window = S['Window'];
export type Hole = S['Hole'];
export type Note = S['Note'];
export type Person = S['Person'];
export type PersonBrief = S['PersonBrief'];
export type Case = S['Case'];
export type CaseDetails = S['CaseDetails'];
export type CaseBrief = S['CaseBrief'];
export type Customer = S['Customer'];
export type Interaction = S['Interaction'];
export type Code = S['Code'];
export type Panel = S['Panel'];
export type Priority = S['Priority'];
export type Reply = S['Reply'];
export type ReplyOptions = S['ReplyOptions'];
export type Way = S['Way'];
export type Channels = S['Channels'];
export type Channel = S['Channel'];
export type Label = Get<'/api/v1/labels'>['items'][number];
export type SavedReply = Get<'/api/v1/saved-replies'>['items'][number];
export type View = Get<'/api/v1/views'>['items'][number];
export type ListFilter = S['ListFilter'];
export type Colleague = Get<'/api/v1/users'>['items'][number];
export type Draft = Get<'/api/v1/drafts/{target}'>;
export type ListQuery = NonNullable<paths['/api/v1/threads']['get']['parameters']['query']>;
export type Who = S['Who'];
