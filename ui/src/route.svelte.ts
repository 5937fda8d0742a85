import { check, link, parse, without, type Wrong } from './address'
import { addresses } from './addresses'

// The address that the reader is at. What stands there never reaches a server's log, but people send it to each other: so it carries ids
// and pseudonyms, never digests, names or free text.

export { link }

/** What an address was made that had a digest in it. */
let cleaned = ''

function read() {
  const asked = parse(location.hash), declared = Object.hasOwn(addresses, asked.page) ? addresses[asked.page] : undefined, found = check(asked, declared)
  // A digest says which picture somebody looks for. Told, it does not stay where it is seen and sent on.
  let rest = asked, hash = ''
  for (const { name, value, why } of found.wrong) if (why === 'digest') rest = parse(hash = without(rest, declared, { name, value }))
  cleaned = hash
  if (hash) history.replaceState(null, '', hash)
  return { asked, ...found }
}

/** asked: as it stands. route: without what the page does not take; that is in wrong. names: the ids in it. */
export const here = $state(read())
/** What the page says of itself beside its name, for the title of the window. A page that sets it takes it back. */
export const heading = $state({ of: '' })
const again = () => { Object.assign(here, read()) }
// Events of changes that came close together are late: what was told of the last one stays.
addEventListener('hashchange', () => { if (!cleaned || location.hash !== cleaned) again() })

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
