import { ask } from './ask'
import type { Named } from './format'

/** Organisations and systems, for choosing. Asked once; the list says when it is not whole. */
export const register = $state<{ organisations: Named[], systems: Named[], asked: boolean }>({ organisations: [], systems: [], asked: false })

const query = `query Choices { organisations(first: 500) { nodes { id name { en de } } } systems(first: 500) { nodes { id name { en de } } } }`

export async function choices() {
  if (register.asked) return
  register.asked = true
  try {
    const d = await ask<{ organisations: { nodes: Named[] }, systems: { nodes: Named[] } }>(query)
    register.organisations = d.organisations.nodes
    register.systems = d.systems.nodes
  } catch { register.asked = false } // ids can be typed all the same
}
