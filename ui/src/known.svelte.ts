import type { Naming, Of } from './address'
import { ask } from './ask'
import { choices, register } from './register.svelte'
import { here, link } from './route.svelte'

// Whether the record knows the ids that an address names. What it does not know is told: no list, picture or verdict may look as if
// something known were asked for.

export const known = $state<{ unknown: Naming[], size: string }>({ unknown: [], size: '' })

const fields: Record<Of, (v: string) => string> = {
  organisation: (v) => `organisation(id: ${v}) { id }`,
  system: (v) => `system(id: ${v}) { id }`,
  place: () => '', // asked as both
  source: () => 'sources { id }',
  image: (v) => `events(filter: { images: [${v}] }, first: 1) { nodes { id } }`,
  purpose: (v) => `events(filter: { purposes: [${v}] }, first: 1) { nodes { id } }`,
  basis: (v) => `events(filter: { bases: [${v}] }, first: 1) { nodes { id } }`,
  entry: (v) => `event(id: ${v}) { id }`,
  size: () => 'checkpoint { size }',
}
const types: Partial<Record<Of, string>> = { purpose: 'String!', basis: 'String!' }
/** Asked about only where a page came up with nothing: reading is an act, and mostly the page itself shows that there is something. */
export const late: readonly Of[] = ['image', 'purpose', 'basis']

let asked = new Map<string, boolean>(), latest = 0

/** Forgets what was known, since somebody else looks now. */
export function forget() { asked = new Map() }

/** Looks names up, and keeps those that are unknown in known. all: also what is asked about late. */
export async function look(names: Naming[], all: boolean) {
  const own = ++latest, key = (n: Naming) => n.of + ' ' + n.id
  const wanted = names.filter((n) => all || !late.includes(n.of))
  const publish = () => { if (own === latest) known.unknown = names.filter((n) => asked.get(key(n)) === false) }
  publish()
  if (wanted.some((n) => ['organisation', 'system', 'place'].includes(n.of))) await choices()
  const organisations = new Set(register.organisations.map((o) => o.id)), systems = new Set(register.systems.map((s) => s.id))
  for (const n of wanted) {
    if (n.of !== 'system' && organisations.has(n.id) && n.of !== 'source' || (n.of === 'system' || n.of === 'place') && systems.has(n.id)) asked.set(key(n), true)
  }
  const open = [...new Map(wanted.filter((n) => !asked.has(key(n))).map((n) => [key(n), n])).values()].slice(0, 20)
  if (!open.length || own !== latest) return publish()
  const variables: Record<string, string> = {}, heads: string[] = [], parts: string[] = []
  open.forEach((n, i) => {
    const v = '$v' + i
    if (n.of !== 'source' && n.of !== 'size') { variables['v' + i] = n.id; heads.push(`${v}: ${types[n.of] ?? 'ID!'}`) }
    for (const of of n.of === 'place' ? ['system', 'organisation'] as const : [n.of]) parts.push(`${of}${i}: ${fields[of](v)}`)
  })
  try {
    const d = await ask(`query Known${heads.length ? '(' + heads.join(', ') + ')' : ''} { ${parts.join(' ')} }`, variables)
    open.forEach((n, i) => {
      const a = d[n.of + i]
      asked.set(key(n), n.of === 'place' ? !!(d['system' + i] ?? d['organisation' + i])
        : n.of === 'source' ? a.some((s: { id: string }) => s.id === n.id)
        : n.of === 'size' ? Number(n.id) <= a.size
        : n.of === 'organisation' || n.of === 'system' || n.of === 'entry' ? !!a : a.nodes.length > 0)
      if (n.of === 'size') known.size = String(a.size)
      // Behind the page a place stands by its id, and pages look for that: who wrote a name or an alias is led there.
      const own = d['system' + i]?.id ?? d['organisation' + i]?.id
      if (!n.name && own && own !== n.id && here.route.at === n.id) location.replace(link(here.asked.page, own, Object.fromEntries(here.asked.params)))
    })
  } catch { /* the page says what is wrong with the server */ }
  publish()
}
