import { check, link, parse, without, type Wrong } from './address'
import { addresses } from './addresses'

// The address that the reader is at. What stands there never reaches a server's log, but people send it to each other: so it carries ids
// and pseudonyms, never digests, names or free text.

export { link }

function read() {
  const asked = parse(location.hash)
  return { asked, ...check(asked, Object.hasOwn(addresses, asked.page) ? addresses[asked.page] : undefined) }
}

/** asked: as it stands. route: without what the page does not take; that is in wrong. names: the ids in it. */
export const here = $state(read())
/** What the page says of itself beside its name, for the title of the window. A page that sets it takes it back. */
export const heading = $state({ of: '' })
const again = () => { Object.assign(here, read()) }
addEventListener('hashchange', again)

/** Changes parameters of the address in place: no step back in the browser's history. An empty value removes one. */
export function amend(change: Record<string, string>) {
  const { page, at, params } = here.asked
  replace(link(page, at, { ...Object.fromEntries(params), ...change }))
}

/** Takes something out of the address, in place. */
export function remove(out: Pick<Wrong, 'name' | 'value'> & { why?: string }) { replace(without(here.asked, addresses[here.asked.page], out)) }

function replace(hash: string) {
  history.replaceState(null, '', hash)
  again()
}
