import type { Filter } from './event'

// The filter of events as the address has it: ids and pseudonyms, never digests, names or free text.

const lists = ['kinds', 'organisations', 'systems', 'purposes', 'images', 'missing', 'from', 'to', 'requesters', 'targets', 'sources', 'countries'] as const
const identities = ['persons', 'cases', 'actors'] as const

/** The EventFilter of GraphQL that the parameters of an address stand for. */
export function filterOf(params: URLSearchParams): Filter {
  const list = (name: string) => params.get(name)?.split(',').filter(Boolean), since = params.get('since'), until = params.get('until')
  const out: Record<string, unknown> = {}
  for (const name of lists) if (list(name)?.length) out[name] = list(name)
  for (const name of identities) if (list(name)?.length) out[name] = list(name)!.map((pseudonym) => ({ pseudonym }))
  if (params.get('bases')) out.bases = params.get('bases')!.split('|')
  if (out.systems) out.parts = true
  if (since || until) out.occurred = (since || '..') + '/' + (until || '..')
  if (params.get('exercise')) out.exercise = params.get('exercise') === 'only'
  if (params.get('unmatched') === '1') out.unmatched = true
  return out as Filter // the vocabularies are those of addresses.ts
}
