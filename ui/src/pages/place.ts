import { question } from '../ask'
import { isDigest } from '../address'
import { title } from '../format'
import { graphql } from '../graphql'
import { choices, register } from '../register.svelte'
import type { At } from './image'

/** A place in words. */
export const spot = (a: At | null): string => a ? [title(a.system), title(a.organisation), a.country].filter(Boolean).join(', ') : ''

const placeOperation = graphql('query Known($id: ID!) { system(id: $id) { id } organisation(id: $id) { id } }')

/**
 * The id of the organisation or system that was typed: by its id, a name or an alias, or by a part of a name that no other has. Names stay out of
 * the address. null: there is none, or several.
 */
export async function placeId(typed: string, of?: 'organisation' | 'system'): Promise<string | null> {
  const asked = typed.trim(), text = asked.toLowerCase()
  await choices()
  const all = [...of === 'organisation' ? [] : register.systems, ...of === 'system' ? [] : register.organisations]
  const names = (x: (typeof all)[number]) => [title(x), x.name?.en, x.name?.de].map((n) => n?.toLowerCase() ?? '')
  if (asked.includes(',') && asked.split(',').every((id) => all.some((x) => x.id === id))) return asked
  const known = all.find((x) => x.id === asked) ?? all.find((x) => names(x).includes(text))
  if (known) return known.id
  if (isDigest(asked)) return null
  const d = await question(placeOperation, { id: asked }), found = (of === 'organisation' ? undefined : d.system?.id) ?? (of === 'system' ? undefined : d.organisation?.id)
  if (found) return found
  const some = all.filter((x) => names(x).some((n) => n.includes(text)))
  return some.length === 1 ? some[0].id : null
}
