import { period, title } from './format'
import { country, named } from './register.svelte'
import { say, term, type Word } from './words'
import type { Route } from './address'

// What an address asks for, in words: for reports on paper and for files, where nobody can click to see which filters are set.

const nameOf = (id: string) => id.startsWith('?') ? term('absent', id.slice(1)) : title(named(id))
const exercises: Record<string, Word> = { without: 'exercise.without', only: 'exercise.only' }
const as = (vocabulary: string) => (v: string) => term(vocabulary, v)
const itself = (v: string) => v

/** Parameters that are filters: what each is called, and what its values are. Those that only say how something is shown are not here. */
const filters: Record<string, [Word, (v: string) => string, string?]> = {
  kinds: ['e.kinds', as('kind')],
  countries: ['fl.countries', country],
  bases: ['col.basis', itself, '|'],
  organisations: ['field.organisation', nameOf],
  systems: ['field.system', nameOf],
  requesters: ['field.requester', nameOf],
  from: ['col.from', nameOf],
  to: ['im.to', nameOf],
  sources: ['col.source', itself],
  images: ['ev.images', itself],
  persons: ['field.persons', itself],
  cases: ['field.case', itself],
  actors: ['field.actor', itself],
  targets: ['ev.relates', itself],
  missing: ['e.missing', as('missing')],
  unmatched: ['e.unmatched', () => say('yes')],
  exercise: ['exercise.data', (v) => exercises[v] ? say(exercises[v]) : v],
  status: ['q.status', as('status')],
  contested: ['q.contested.only', () => say('yes')],
  roles: ['rd.role', as('role')],
  ways: ['rd.what', as('way')],
}

/** The filters that an address sets, one a line, in words; times are said by each page itself where it knows more of them. */
export function filtersOf({ page, at, params }: Route, times = true): string[] {
  const out: string[] = []
  if (page === 'reach' || page === 'graphql') return out
  if (page === 'overview' && at) out.push(`${say('fl.only')}: ${nameOf(at)}`)
  if (times && (params.get('since') || params.get('until'))) out.push(`${say(page === 'readers' ? 'rd.when' : 'col.occurred')}: ${period((params.get('since') || '..') + '/' + (params.get('until') || '..'))} (UTC)`)
  for (const [name, value] of params) {
    const f = name === 'purposes' ? [page === 'readers' ? 'rd.purpose' : 'col.purpose', page === 'readers' ? as('purpose') : itself] as [Word, (v: string) => string] : filters[name]
    if (f && value) out.push(`${say(f[0])}: ${value.split(f[2] ?? ',').map(f[1]).join(', ')}`)
  }
  if (page === 'overview' && params.get('hide')) out.push(`${say('tk.hidden')}: ${params.get('hide')!.split(',').filter(Boolean).map(as('standing')).join(', ')}`)
  if (page === 'overview' && params.get('untimed') === '0') out.push(say('tk.untimed'))
  return out
}

/** The same in one line; that nothing is filtered is said, too. */
export function filterLine(route: Route, times = true): string {
  return say('tk.filters') + ': ' + (filtersOf(route, times).join(' · ') || say('tk.unfiltered'))
}

/** In which order the list stands, in words; none of pages that have but one. */
export function orderLine({ page, params }: Route): string {
  if (page !== 'events') return ''
  const [by, down] = (params.get('order') ?? 'RECORDED_DESC').split('_')
  return `${say('tk.order')}: ${say(by === 'OCCURRED' ? 'col.occurred' : 'col.recorded')}, ${say(down ? 'tk.order.down' : 'tk.order.up')}`
}
