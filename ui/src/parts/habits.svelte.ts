import { question } from '../ask'
import { settings } from '../settings.svelte'
import { graphql, type ResultOf } from '../graphql'
import { prepare } from './paper.svelte'

const headQuery = graphql('query Head { checkpoint { origin size note } }')

export const habits = $state({
  open: '' as '' | 'help' | 'palette',
  /** A digest or pseudonym that is to be looked up where images are followed. It never stands in an address. */
  wanted: '',
  /** A name that is to be searched for in a list of the register. It never stands in an address, either. */
  sought: '',
  /** A report is being made ready. */
  printing: false,
  /** The signed head of the log, as of the last report that was printed. */
  head: null as ResultOf<typeof headQuery>['checkpoint'] | null,
})

const german: Record<string, string> = { Ctrl: 'Strg', Enter: 'Eingabe', Space: 'Leertaste', PgUp: 'Bild ↑', PgDn: 'Bild ↓', Home: 'Pos1', End: 'Ende' }

/** What stands on the key, in the reader's language. */
export function keyName(key: string): string { return settings.language === 'de' ? german[key] ?? key : key }

/** Prints the page as a report, with the newest signed head of the log and the rows that it has room for. */
export async function print() {
  if (habits.printing) return
  habits.printing = true
  const head = question(headQuery, {}).then((d) => { habits.head = d.checkpoint }, () => { habits.head = null /* the report says so */ })
  await Promise.all([head, prepare().catch(() => { /* what is there is printed, and the report says how much that is */ })])
  habits.printing = false
  requestAnimationFrame(() => window.print())
}
