import { graphql, type ResultOf } from './graphql'
import { settings } from './settings.svelte'

/** Who the server says that the reader is, and which log it serves. */
export const whoQuery = graphql('query Me { me { name role organisations } checkpoint { origin size } }')
export type Who = ResultOf<typeof whoQuery>

/** Whether the reader is being asked for the purpose of the visit, and who the server says that it is. */
export const visit = $state({ open: !settings.purpose, me: null as null | Who['me'], /** Of the log. */ origin: '', /** Entries of the log when it was last asked for; null: it was not. */ size: null as number | null })

export function met(who: Who) { visit.me = who.me; visit.origin = who.checkpoint.origin; visit.size = who.checkpoint.size }

/** Whether the reader may see a part alone. Whoever the server has not named as overseeing may: nothing is said of the whole to whom it may not be shown. */
export const limited = () => visit.me?.role !== 'oversight'

/** What the name of a file says of that: whoever gets the file does not see the page that it is from. */
export const scopeName = () => limited() ? '-seen-as-' + (visit.me?.role ?? 'unknown') : ''

/** Roles that see no entries: the pages that have something for them, where their visit begins, and a word of what they see. */
const without: Record<string, { pages: readonly string[], home: string, sees: 'sees.operator' | 'sees.reporter' }> = {
  operator: { pages: ['register', 'graphql'], home: '#/register/sources', sees: 'sees.operator' },
  reporter: { pages: ['graphql'], home: '#/graphql', sees: 'sees.reporter' },
}
const own = () => without[visit.me?.role ?? '']
export const hasFor = (page: string) => own()?.pages.includes(page) ?? true
export const home = () => own()?.home ?? '#/overview'
export const sees = () => own()?.sees ?? 'sees.asked'
