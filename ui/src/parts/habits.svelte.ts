import { question } from '../ask'
import { graphql, type ResultOf } from '../graphql'

const headQuery = graphql('query Head { checkpoint { origin size root note } }')

export const habits = $state({
  open: '' as '' | 'help' | 'palette',
  /** The signed head of the log, as of the last report that was printed. */
  head: null as ResultOf<typeof headQuery>['checkpoint'] | null,
})

/** Prints the page as a report, with the newest signed head of the log. */
export async function print() {
  try { habits.head = (await question(headQuery, {})).checkpoint } catch { habits.head = null /* the report says so */ }
  requestAnimationFrame(() => window.print())
}
