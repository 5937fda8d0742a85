import type { System } from './register'

/** A system and how deep it stands among those that it is part of. */
export interface Branch { system: System, depth: number }

/** Systems as a tree, each below the one that it is part of; what is part of something unknown, or of itself, stands by itself. */
export function tree(all: System[]): Branch[] {
  const ids = new Set(all.map((s) => s.id)), below = new Map<string, System[]>(), out: Branch[] = [], seen = new Set<string>()
  for (const s of all) if (s.partOf && ids.has(s.partOf)) below.set(s.partOf, [...below.get(s.partOf) ?? [], s])
  const put = (s: System, depth: number) => {
    if (seen.has(s.id)) return
    seen.add(s.id)
    out.push({ system: s, depth })
    for (const part of below.get(s.id) ?? []) put(part, depth + 1)
  }
  for (const s of all) if (!s.partOf || !ids.has(s.partOf)) put(s, 0)
  for (const s of all) put(s, 0) // a circle of parts has no top
  return out
}
