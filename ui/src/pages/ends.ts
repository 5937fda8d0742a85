import type { Level } from './flow'

/** What an end of a flow is. Where no system is named a flow between systems ends at an organisation; PLACE is what the register does not have. */
export type End = 'SYSTEM' | 'ORGANISATION' | 'COUNTRY' | 'PLACE' | 'NO_COUNTRY' | 'UNNAMED'

/** How many ends there are of each kind, in this order. How many there are without a country or a name nobody knows: they are one, whatever stands behind it. */
export function countEnds(ids: Iterable<string>, level: Level, isSystem: (id: string) => boolean, isOrganisation: (id: string) => boolean): Map<End, number> {
  const kind = (id: string): End => {
    if (id.startsWith('?')) return level === 'COUNTRY' && id === '?EMPTY' ? 'NO_COUNTRY' : 'UNNAMED'
    if (level === 'COUNTRY') return 'COUNTRY'
    const [system, organisation] = [isSystem(id), isOrganisation(id)]
    return system && (level === 'SYSTEM' || !organisation) ? 'SYSTEM' : organisation ? 'ORGANISATION' : 'PLACE'
  }
  const all = new Map<End, number>()
  for (const id of new Set(ids)) all.set(kind(id), (all.get(kind(id)) ?? 0) + 1)
  return new Map((['SYSTEM', 'ORGANISATION', 'COUNTRY', 'PLACE', 'NO_COUNTRY', 'UNNAMED'] as const).flatMap((k) => all.has(k) ? [[k, all.get(k)!] as const] : []))
}
